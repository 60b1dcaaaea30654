/* SPDX-License-Identifier: MIT */
/*
 * keys -- state by key, bounded: the key untouched for longest leaves first.
 *
 * Shape   A key is any bytes; its state is payload zeroed bytes at first.
 *         keys_get() finds or makes it and touches it; keys_find() only looks.
 * Order   keys_oldest() and keys_newer() go from the longest untouched on.
 * Owner   The table; a state lives until its key is evicted or the release.
 * Limits  max keys; evicted counts those that had to leave.
 * Errors  keys_get: NULL when memory is out.
 * Cost    Independent of the number of keys.
 */
#ifndef RX_ALERT_KEYS_H
#define RX_ALERT_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/span.h"

struct key;
struct keys {
	size_t n;
	uint64_t evicted;
	/* private */
	size_t payload, max, n_slots;
	struct key **slots;
	struct key *oldest, *newest;
	uint64_t seed;
};

void keys_init(struct keys *, size_t payload, size_t max);
void *keys_get(struct keys *, struct span key);
void *keys_find(const struct keys *, struct span key);
void *keys_oldest(const struct keys *);
void *keys_newer(const void *state);
struct span keys_name(const struct keys *, const void *state);
void keys_release(struct keys *);

#endif
