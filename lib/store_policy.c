/* SPDX-License-Identifier: MIT */
/*
 * store_policy -- which records go when a lane, or the disk, is full.
 *
 *   policy   what goes first, of the lowest class that has some
 *   oldest   the lowest tag
 *   newest   the highest tag, so what is coming in, unless that is urgent
 *   random   a segment at random, and of it a record at random
 *   disk     as oldest
 */
#include <sys/random.h>

#include "lib/store_drop.h"

#define RANDOM_TRIES 32 /* then the oldest */

static bool
is_untouched(const struct store_drop *d, const struct view *v)
{
	for (uint64_t i = 0; i < v->g.n; i++)
		if (!(v->state[i] & VIEW_SETTLED) &&
		    !store_drop_may(d, v, v->g.seg + i))
			return false;
	return v->n_settled < v->g.n;
}

/* One record of the segment, from *tag on in this direction; or none. */
static int
drop_one(
    struct store_drop *d, struct view *v, uint64_t *tag, bool down, bool *done)
{
	uint64_t left = down ? *tag - v->g.seg + 1 : v->g.seg + v->g.n - *tag;

	for (; left > 0; left--, *tag = down ? *tag - 1 : *tag + 1)
		if (store_drop_may(d, v, *tag)) {
			*done = true;
			return store_drop_record(d, v, *tag);
		}
	return 0;
}

static int
find(struct store_drop *d, const struct store_segment *g, struct view **v)
{
	return views_find(d->st, &d->views, g->seg, v);
}

/* What of a segment is to go: one record from *tag on, which then tells it, or
 * all of it. */
static int
take(struct store_drop *d, const struct store_segment *g, uint64_t *tag,
    bool down, bool whole, bool *done)
{
	struct view *v;
	int status = find(d, g, &v);

	if (status != 0)
		return status;
	if (!whole)
		return drop_one(d, v, tag, down, done);
	if (!is_untouched(d, v))
		return 0;
	*done = true;
	return store_drop_segment(d, v);
}

static uint64_t
last_tag(const struct store_segment *g)
{
	return g->seg + g->n - 1;
}

/* The oldest of a class that may go. */
static int
oldest(struct store_drop *d, int class, bool whole, bool *done)
{
	uint64_t tag = d->reach[class];
	int64_t lane = d->lane->id;
	struct store_segment g;
	int status;

	if (tag < d->oldest[class])
		tag = d->oldest[class];
	/* The segment that the tag lies in, or the first behind it. */
	status = store_segment_below(d->st, lane, class, tag, &g);
	if (status == STORE_NONE)
		status = store_segment_above(d->st, lane, class, 0, &g);
	while (status == 0) {
		tag = g.seg;
		if (tag < d->oldest[class] && d->oldest[class] <= last_tag(&g))
			tag = d->oldest[class];
		status = take(d, &g, &tag, false, whole, done);
		if (*done && !whole)
			d->oldest[class] = tag;
		if (status != 0 || *done)
			return status;
		status = store_segment_above(d->st, lane, class, g.seg, &g);
	}
	return status == STORE_NONE ? 0 : status;
}

static int
newest(struct store_drop *d, int class, bool whole, bool *done)
{
	uint64_t tag = d->newest[class];
	struct store_segment g;
	int status;

	while ((status = store_segment_below(
		    d->st, d->lane->id, class, tag, &g)) == 0 &&
	    last_tag(&g) > d->reach[class]) {
		if (tag > last_tag(&g))
			tag = last_tag(&g);
		status = take(d, &g, &tag, true, whole, done);
		if (*done && !whole)
			d->newest[class] = tag;
		if (status != 0 || *done)
			return status;
		tag = g.seg - 1;
	}
	return status == STORE_NONE ? 0 : status;
}

static uint64_t
random_below(uint64_t n)
{
	uint64_t r = 0;

	if (getrandom(&r, sizeof(r), 0) != sizeof(r))
		return 0;
	return r % n;
}

static int
at_random(struct store_drop *d, int class, bool whole, bool *done)
{
	int64_t lane = d->lane->id;
	struct store_segment low, high, g;
	uint64_t from, tag;
	int status;

	if ((status = store_segment_above(d->st, lane, class, 0, &low)) != 0 ||
	    (status = store_segment_below(
		 d->st, lane, class, INT64_MAX, &high)) != 0)
		return status == STORE_NONE ? 0 : status;
	from = low.seg > d->reach[class] ? low.seg : d->reach[class] + 1;
	for (int i = 0; i < RANDOM_TRIES && from <= last_tag(&high); i++) {
		tag = from + random_below(last_tag(&high) - from + 1);
		status = store_segment_below(d->st, lane, class, tag, &g);
		if (status != 0)
			return status;
		if (tag > last_tag(&g))
			continue; /* another lane's, or gone */
		status = take(d, &g, &tag, false, whole, done);
		if (status != 0 || *done)
			return status;
	}
	return oldest(d, class, whole, done);
}

/* -- policies ---------------------------------------------------------------- */

static const struct {
	enum store_counter as;
	int (*next)(struct store_drop *, int class, bool whole, bool *done);
} policies[] = {
	[FULL_BLOCK] = { DROPPED, NULL },
	[FULL_OLDEST] = { DROPPED_OLDEST, oldest },
	[FULL_NEWEST] = { DROPPED_NEWEST, newest },
	[FULL_RANDOM] = { DROPPED_RANDOM, at_random },
};

/* One more of the lowest class that has one. */
static int
next(struct store_drop *d, enum store_policy policy, bool whole, bool *done)
{
	int status = 0;

	*done = false;
	for (int c = STORE_CLASSES - 1; status == 0 && !*done && c >= 0; c--)
		status = policies[policy].next(d, c, whole, done);
	return status;
}

int
store_drop_bounds(struct store_drop *d, enum store_policy policy,
    uint64_t max_records, uint64_t max_bytes)
{
	bool done = true;
	int status = store_drop_start(d, policies[policy].as, true);

	while (
	    status == 0 && done && max_bytes > 0 && d->lane->bytes > max_bytes)
		status = next(d, policy, true, &done);
	done = true;
	while (status == 0 && done && max_records > 0 &&
	    store_lane_pending(d->lane) > max_records)
		status = next(d, policy, false, &done);
	return status != 0 ? status : store_drop_finish(d);
}

int
store_drop_room(struct store_drop *d, uint64_t bytes)
{
	uint64_t had = d->lane->bytes, kept = d->lane->kept_bytes;
	bool done = true;
	int status = store_drop_start(d, DROPPED_DISK, false);

	/* What was delivered goes before what was not. */
	if (status == 0 && kept > 0)
		status = store_history_bound(
		    d->st, d->lane, kept > bytes ? kept - bytes : 0);
	had += kept - d->lane->kept_bytes;
	while (status == 0 && done && had - d->lane->bytes < bytes)
		status = next(d, FULL_OLDEST, true, &done);
	return status != 0 ? status : store_drop_finish(d);
}
