/* SPDX-License-Identifier: MIT */
#include "recent.h"

#include <stdlib.h>

int
recent_init(struct recent *r)
{
	*r = (struct recent){ .slots = calloc(RECENT_KEYS, sizeof(*r->slots)) };
	return r->slots == NULL ? -1 : 0;
}

struct slot *
recent_get(struct recent *r, uint64_t key, struct slot *gone)
{
	const size_t n_sets = RECENT_KEYS / RECENT_WAYS;
	struct slot *set, *oldest;

	key += key == 0;
	set = oldest = &r->slots[key % n_sets * RECENT_WAYS];
	gone->key = 0;
	for (struct slot *s = set; s < set + RECENT_WAYS; s++) {
		if (s->key == key) {
			s->touched = ++r->touches;
			return s;
		}
		if (s->touched < oldest->touched)
			oldest = s;
	}
	if (oldest->key != 0) {
		*gone = *oldest;
		r->evicted++;
	}
	*oldest = (struct slot){ .key = key, .touched = ++r->touches };
	return oldest;
}

void
recent_release(struct recent *r)
{
	free(r->slots);
	r->slots = NULL;
}
