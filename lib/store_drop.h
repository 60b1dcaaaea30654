/* SPDX-License-Identifier: MIT */
/*
 * store_drop -- what its files share: one transaction's drops from a lane.
 *               Nobody else includes it; the contract is in lib/store.h.
 */
#ifndef RX_STORE_DROP_H
#define RX_STORE_DROP_H

#include "lib/store_view.h"

struct store_drop {
	struct store *st;
	struct store_lane *lane;
	struct views views;
	int64_t now_ms;
	bool holding; /* reach is known, and stays */
	uint64_t reach[STORE_CLASSES]; /* emitted, up to here */
	uint64_t first_tag; /* of this transaction */
	uint64_t *tags; /* dropped, from there on */
	size_t n_tags, size;
	uint64_t repeats; /* of this transaction */
	/* Single records were dropped up to here, and from here on: no search
	 * in this transaction goes over them again. */
	uint64_t oldest[STORE_CLASSES], newest[STORE_CLASSES];

	/* of the policy at hand, and in all */
	enum store_counter as;
	uint64_t n, bytes, all;
	bool letters;
	struct buf first_id, last_id, id, why;
};

/*
 * store_drop.c: what is dropped from here on is so for this reason, with or
 * without a letter; store_drop_finish() writes its gap.
 */
int store_drop_start(struct store_drop *, enum store_counter as, bool letters);
int store_drop_finish(struct store_drop *);
/* Neither settled, nor perhaps on its way. */
bool store_drop_may(
    const struct store_drop *, const struct view *, uint64_t tag);
int store_drop_record(struct store_drop *, struct view *, uint64_t tag);
/* All of a segment that may go. */
int store_drop_segment(struct store_drop *, struct view *);

#endif
