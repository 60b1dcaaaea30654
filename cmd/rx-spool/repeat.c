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
	int (*is)(struct push *, int64_t lane, struct span id, uint64_t tag,
	    int64_t now_ms);
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
			status = e->is(p, e->lane, id, g->seg + i, e->now_ms);
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
is_repeat(
    struct push *p, int64_t lane, struct span id, uint64_t tag, int64_t now_ms)
{
	bool is_new;
	int status = store_seen(p->store, lane, id, now_ms, &is_new);

	p->ids_seen += is_new;
	return status != 0 || is_new ? status : store_drop_repeat(p->drop, tag);
}

static int
forget_old(struct push *p, int64_t lane, int64_t now_ms)
{
	uint64_t early;
	int status = store_seen_trim(p->store, lane, now_ms, &early);

	p->ids_seen = 0;
	p->ids_trimmed = true;
	if (early > 0 && !p->ids_told)
		warn("lane %s of %s: more ids within an hour than are "
		     "remembered: the oldest are forgotten",
		    p->lane, p->path);
	p->ids_told |= early > 0;
	return status;
}

int
push_find_repeats(struct push *p, int64_t lane, int64_t now_ms)
{
	const struct each e = { is_repeat, lane, now_ms };
	int status = in_all(p, &e);

	if (status != 0 || (p->ids_seen < SEEN_TRIM && p->ids_trimmed))
		return status;
	return forget_old(p, lane, now_ms);
}

/* An id that was dropped is forgotten, so that it may be sent again. */
static int
is_gone(
    struct push *p, int64_t lane, struct span id, uint64_t tag, int64_t now_ms)
{
	bool has;
	int status = store_seen_has(p->store, lane, id, &has);

	(void)now_ms;
	return status != 0 || has ? status : store_drop_too(p->drop, tag);
}

int
push_drop_repeats(struct push *p, int64_t lane)
{
	const struct each e = { is_gone, lane, 0 };

	return in_all(p, &e);
}
