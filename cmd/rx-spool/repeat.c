/* SPDX-License-Identifier: MIT */
/*
 * repeat -- push --id: what is sent again within the hour is not stored again.
 *
 * A record is stored first, and settled as a repeat in the same transaction.
 * When the policy then drops the one that it repeats, which came with it, it is
 * told dropped as well: neither is there.
 */
#include "cmd/rx-spool/push.h"
#include "lib/diag.h"

#define SEEN_TRIM 1000 /* new ids, between two looks at the old ones */

/* Records of this transaction that gave an id, each to a function. */
struct each {
	int (*is)(
	    struct push *, const struct each *, struct span id, uint64_t tag);
	struct target *to;
	int64_t lane, now_ms;
};

static int
in_segment(struct push *p, const struct each *e, const struct store_segment *g)
{
	const uint32_t *offsets = push_index(p, g);
	char room[STORE_ID_MAX];
	struct span record, rest, id;
	struct coord c;
	int status = 0;

	for (uint64_t i = 0; status == 0 && i < g->n; i++) {
		record = store_record(g->body, offsets, i);
		if (coord_parse(mark_rx(record, &rest), &c) == 0)
			continue;
		id = store_record_id(record, g, g->seg + i, room);
		if (id.at != room) /* else it gave none */
			status = e->is(p, e, id, g->seg + i);
	}
	return status;
}

static int
in_all(struct push *p, const struct each *e)
{
	struct store_segment g;
	int status = 0;

	for (int c = 0; c < STORE_CLASSES; c++)
		for (size_t i = 0;
		     status == 0 && pending_segment(&p->pending, c, i, &g);
		     i++) {
			g.lane = e->lane;
			g.seg = p->pending.class[c].body[i].seg;
			g.ids[0] = '\0';
			status = in_segment(p, e, &g);
		}
	return status;
}

static int
is_repeat(struct push *p, const struct each *e, struct span id, uint64_t tag)
{
	bool is_new;
	int status = store_seen(p->store, e->lane, id, e->now_ms, &is_new);

	e->to->ids_seen += is_new;
	return status != 0 || is_new ? status : store_drop_repeat(p->drop, tag);
}

static int
forget_old(struct push *p, struct target *to, int64_t lane, int64_t now_ms)
{
	uint64_t early;
	int status = store_seen_trim(p->store, lane, now_ms, &early);

	to->ids_seen = 0;
	to->ids_trimmed = true;
	if (early > 0 && !to->ids_told)
		warn("lane %s of %s: more ids within an hour than are "
		     "remembered: the oldest are forgotten",
		    to->lane, p->path);
	to->ids_told |= early > 0;
	return status;
}

int
push_find_repeats(
    struct push *p, struct target *to, int64_t lane, int64_t now_ms)
{
	const struct each e = { is_repeat, to, lane, now_ms };
	int status = in_all(p, &e);

	if (status != 0 || (to->ids_seen < SEEN_TRIM && to->ids_trimmed))
		return status;
	return forget_old(p, to, lane, now_ms);
}

/* An id that was dropped is forgotten, so that it may be sent again. */
static int
is_gone(struct push *p, const struct each *e, struct span id, uint64_t tag)
{
	bool has;
	int status = store_seen_has(p->store, e->lane, id, &has);

	return status != 0 || has ? status : store_drop_too(p->drop, tag);
}

int
push_drop_repeats(struct push *p, int64_t lane)
{
	const struct each e = { is_gone, NULL, lane, 0 };

	return in_all(p, &e);
}
