/* SPDX-License-Identifier: MIT */
/*
 * add -- what is closed, into one lane, inside the transaction: all of it, or
 *        as the bounds of the lane and the disk let it (P8).
 */
#include <string.h>

#include "cmd/rx-spool/push.h"
#include "lib/crash.h"

/* Room in the lane: what does not fit into an empty lane goes in alone. */
static int
check_bounds(
    struct push *p, const struct bounds *b, const struct store_lane *lane)
{
	uint64_t records = store_lane_pending(lane);

	if (records == 0 || p->pending.closed_records == 0)
		return 0;
	if (b->max_records > 0 &&
	    records + p->pending.closed_records > b->max_records)
		return PUSH_LANE_FULL;
	if (b->max_bytes > 0 &&
	    lane->bytes + p->pending.closed_bytes > b->max_bytes)
		return PUSH_LANE_FULL;
	return 0;
}

static int
add_class(struct push *p, struct store_lane *lane, int class, int64_t now_ms)
{
	struct store_segment g;
	int status = 0;

	for (size_t i = 0;
	     status == 0 && pending_segment(&p->pending, class, i, &g); i++) {
		struct body *b = &p->pending.class[class].body[i];

		g.stored_ms = now_ms;
		g.ids[0] = '\0';
		if (b->anonymous)
			strcpy(g.ids, p->ids);
		CRASH("push.insert");
		status = store_segment_add(p->store, lane, &g);
		b->seg = g.seg;
	}
	return status;
}

static int
add_segments(struct push *p, struct store_lane *lane, int64_t now_ms)
{
	int status = 0;

	for (int c = 0; status == 0 && c < STORE_CLASSES; c++)
		status = add_class(p, lane, c, now_ms);
	return status;
}

/* On a full disk the policy decides for what there is no room. */
static int
squeeze(struct push *p, const struct bounds *b, struct store_lane *lane,
    int64_t now_ms)
{
	int status;

	if (b->policy == FULL_NEWEST) {
		p->unstored = true;
		return store_drop_unstored(p->drop, p->pending.closed_records,
		    p->pending.closed_bytes);
	}
	status = store_drop_room(p->drop, p->pending.closed_bytes);
	return status != 0 ? status : add_segments(p, lane, now_ms);
}

/* What is closed, in the lane as far as its bounds and the disk let it. */
int
push_add(struct push *p, struct target *to, struct store_lane *lane,
    bool disk_full, int64_t now_ms, uint64_t *dropped)
{
	const struct bounds *b = &to->bounds;
	int status = 0;

	if (disk_full && b->policy == FULL_BLOCK)
		return STORE_FULL; /* a lane beside one that drops */
	store_drop_begin(p->drop, lane, now_ms);
	p->unstored = false;
	if (b->policy == FULL_BLOCK)
		status = check_bounds(p, b, lane);
	if (status == 0)
		status = disk_full ? squeeze(p, b, lane, now_ms)
				   : add_segments(p, lane, now_ms);
	if (status == 0 && p->id_member != NULL && !p->unstored)
		status = push_find_repeats(p, to, lane->id, now_ms);
	if (status == 0 && b->policy != FULL_BLOCK)
		status = store_drop_bounds(p->drop,
		    (enum store_policy)b->policy, b->max_records, b->max_bytes);
	if (status == 0 && store_drop_parts(p->drop))
		status = push_drop_repeats(p, lane->id);
	return status != 0 ? status : store_drop_end(p->drop, dropped);
}
