/* SPDX-License-Identifier: MIT */
/*
 * recent -- what was seen lately of each key, in memory that does not grow.
 *
 * Shape   A key is a hash.  recent_get() finds its slot or takes one: an empty
 *         one, else that of the key untouched for longest among RECENT_WAYS,
 *         which is copied to gone (gone->key is 0 when none had to leave).
 *         A slot that is new has n and since 0.
 * Owner   The table; a slot stays where it is until its key has to leave.
 * Limits  RECENT_KEYS keys; evicted counts those that had to leave.
 * Errors  recent_init: -1, out of memory.  Nothing is allocated later.
 */
#ifndef RX_MATCH_RECENT_H
#define RX_MATCH_RECENT_H

#include <stdbool.h>
#include <stdint.h>

#define RECENT_KEYS 65536
#define RECENT_WAYS 8

struct slot {
	uint64_t key; /* 0: empty */
	uint64_t touched;
	int64_t since; /* a time or a window, of whoever uses it */
	uint64_t n;
	void *held; /* the same */
};

struct recent {
	uintmax_t evicted;
	/* private */
	uint64_t touches;
	struct slot *slots;
};

int recent_init(struct recent *);
struct slot *recent_get(struct recent *, uint64_t key, struct slot *gone);
void recent_release(struct recent *);

#endif
