/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/limit.h"

#include <string.h>

#include "lib/hash.h"
#include "lib/stop.h"

#define MINUTE_MS 60000.0

void
limit_init(struct limit *l, uint64_t a_minute)
{
	memset(l, 0, sizeof(*l));
	l->a_minute = a_minute;
	l->seed = hash_seed();
}

static struct limit_bucket *
bucket(struct limit *l, uint64_t key, int64_t now_ms)
{
	struct limit_bucket *set =
	    &l->buckets[key % (LIMIT_KEYS / LIMIT_WAYS) * LIMIT_WAYS];
	struct limit_bucket *oldest = set;

	for (int i = 0; i < LIMIT_WAYS; i++) {
		if (set[i].key == key && set[i].seen_ms != 0)
			return &set[i];
		if (set[i].seen_ms < oldest->seen_ms)
			oldest = &set[i];
	}
	*oldest = (struct limit_bucket){ key, now_ms, (double)l->a_minute };
	return oldest;
}

unsigned
limit_take(struct limit *l, struct span key, uint64_t n)
{
	int64_t now_ms = stop_now_ms();
	double most = (double)l->a_minute, lack;
	struct limit_bucket *b;

	if (l->a_minute == 0)
		return 0;
	b = bucket(l, hash_bytes(l->seed, key), now_ms);
	b->left += (double)(now_ms - b->seen_ms) * most / MINUTE_MS;
	if (b->left > most)
		b->left = most;
	b->seen_ms = now_ms;
	lack = (double)n - b->left;
	/* More than a minute's worth is taken from a full bucket. */
	if (lack > 0 && b->left < most) {
		if (lack > most)
			lack = most;
		return 1 + (unsigned)(lack * 60 / most);
	}
	b->left -= (double)n;
	return 0;
}
