/* SPDX-License-Identifier: MIT */
/*
 * limit -- so many a minute for each address, or each credential.
 *
 * Shape   A bucket for each key holds a minute's worth and fills again within
 *         a minute.  limit_take() takes from it.
 * Limits  LIMIT_KEYS keys, in sets of LIMIT_WAYS; a new key takes the place of
 *         the one in its set that was not seen for the longest time, so no
 *         number of addresses makes it grow.  Which keys share a set is
 *         random.
 * Errors  None.
 */
#ifndef RX_SERVE_LIMIT_H
#define RX_SERVE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/span.h"

#define LIMIT_KEYS 1024
#define LIMIT_WAYS 4

struct limit {
	uint64_t a_minute; /* 0: no limit */
	/* private */
	uint64_t seed;
	struct limit_bucket {
		uint64_t key;
		int64_t seen_ms; /* 0: never used */
		double left;
	} buckets[LIMIT_KEYS];
};

void limit_init(struct limit *, uint64_t a_minute);

/* 0: it was taken; else the seconds until it can be, and none was taken. */
unsigned limit_take(struct limit *, struct span key, uint64_t n);

#endif
