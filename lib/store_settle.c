/* SPDX-License-Identifier: MIT */
/*
 * store_settle -- outcomes into the tables.
 *
 *   outcome              what must hold             what happens
 *   ok                   tag and id agree           settled
 *   ok, to               present epoch; tag and id  all of the lane up to `to`
 *                        agree, or tag is gone      that were emitted in this
 *                                                   epoch and wait for no retry
 *   retry                tag and id agree; present  one attempt more, later; or
 *                        epoch; not waiting         dead when that was the last
 *   reject               tag and id agree           dead
 *   any                  no such tag or epoch       unknown, counted in spool
 *   any                  settled already            repeated
 *   any                  id differs                 mismatched
 *   range, retry         another epoch              stale
 *
 * A range whose first record is settled, or gone with its segment, speaks for
 * the others all the same: it may be the only outcome they get.  Whose it is
 * then its epoch tells, which no two lanes share.
 *
 * What was emitted in this epoch is what lies below the reach that emit
 * writes to its file before it writes its output.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/backoff.h"
#include "lib/jstr.h"
#include "lib/store_reach.h"
#include "lib/store_view.h"

#define LANES 16
#define RETRY_FIRST_MS 1000

struct settle_lane {
	struct store_lane row;
	bool live, dirty;
	int emit_fd;
};

struct store_settle {
	struct store *st;
	struct views views;
	struct settle_lane lanes[LANES];
	size_t n_lanes;
	uint64_t max_attempts, unknown;
	int64_t now_ms; /* of the last outcome */
	struct backoff backoff;
	struct buf why, id;
};

static int
look_up(struct store_settle *a, struct settle_lane *l)
{
	int status;

	if (l->live)
		return 0;
	if ((status = store_lane_by_id(a->st, l->row.id, &l->row)) != 0 ||
	    (status = store_lane_sample(a->st, &l->row, a->now_ms)) != 0)
		return status;
	l->live = l->dirty = true;
	return 0;
}

/* The lane's row in this transaction. */
static int
lane_of(struct store_settle *a, int64_t id, struct settle_lane **out)
{
	struct settle_lane *l = NULL;

	for (size_t i = 0; i < a->n_lanes; i++)
		if (a->lanes[i].row.id == id)
			l = &a->lanes[i];
	if (l == NULL) {
		if (a->n_lanes == LANES)
			return store_fail(a->st, EX_CONFIG,
			    "more than %d lanes in one stream of outcomes",
			    LANES);
		l = &a->lanes[a->n_lanes++];
		*l = (struct settle_lane){ .emit_fd = -1, .row.id = id };
	}
	*out = l;
	return look_up(a, l);
}

/* The lane that is emitted in this epoch; STORE_NONE: it is over. */
static int
lane_in_epoch(struct store_settle *a, uint64_t epoch, struct settle_lane **out)
{
	int64_t id;
	int status = store_lane_in_epoch(a->st, epoch, &id);

	return status != 0 ? status : lane_of(a, id, out);
}

static int
count(struct settle_lane *l, enum store_counter what, uint64_t n)
{
	l->row.count[what] += n;
	l->dirty = true;
	return 0;
}

static int
on_full(void *arg, int64_t lane, bool *keeps)
{
	struct settle_lane *l;
	int status = lane_of(arg, lane, &l);

	if (status == 0)
		*keeps = l->row.keep_ms > 0;
	return status;
}

static int
on_freed(void *arg, int64_t lane, uint64_t bytes, bool kept)
{
	struct settle_lane *l;
	int status = lane_of(arg, lane, &l);

	if (status != 0)
		return status;
	l->row.bytes -= bytes < l->row.bytes ? bytes : l->row.bytes;
	l->row.kept_bytes += kept ? bytes : 0;
	l->dirty = true;
	return 0;
}

/* How far emit is; 0 when nobody has emitted since the file was made. */
static uint64_t
reach(struct store_settle *a, struct settle_lane *l, int class)
{
	struct store_reach r = { .uuid = "" };

	if (l->emit_fd < 0)
		l->emit_fd = store_reach_open(a->st, l->row.name, O_RDONLY);
	if (l->emit_fd >= 0)
		store_reach_read(a->st, l->emit_fd, &r);
	return r.now[class];
}

/* Text of an outcome is JSON string text; the tables hold what it means. */
static struct span
plain(struct buf *b, struct span text)
{
	buf_reset(b);
	if (jstr_unescape(b, text) < 0)
		return text;
	return buf_span(b);
}

static int
bury(struct store_settle *a, struct settle_lane *l, struct view *v,
    const struct control *c, uint64_t attempts, int64_t now_ms)
{
	struct store_letter letter;
	struct span record;
	int status;

	if ((status = view_record(a->st, v, c->tag, &record)) != 0)
		return status;
	letter = (struct store_letter){
		.tag = c->tag,
		.attempts = attempts,
		.lane = v->g.lane,
		.class = v->g.class,
		.stored_ms = v->g.stored_ms,
		.died_ms = now_ms,
		.id = plain(&a->id, c->id),
		.why = plain(&a->why, c->why),
		.record = record,
	};
	l->dirty = true;
	if ((status = store_dead_add(a->st, &l->row, &letter, DEAD)) != 0)
		return status;
	return view_settle(a->st, v, c->tag);
}

static int
retry(struct store_settle *a, struct settle_lane *l, struct view *v,
    const struct control *c, int64_t now_ms)
{
	uint64_t i = c->tag - v->g.seg;
	uint64_t attempts = v->attempts != NULL ? v->attempts[i] + 1 : 1;
	uint64_t most = a->max_attempts == UINT64_MAX ? l->row.max_attempts
						      : a->max_attempts;

	if (c->ep != l->row.emit_epoch)
		return count(l, STALE, 1);
	if (v->state[i] & VIEW_WAITING)
		return count(l, REPEATED, 1);
	count(l, RETRIED, 1);
	if (most > 0 && attempts >= most)
		return bury(a, l, v, c, attempts, now_ms);
	a->backoff.tries =
	    attempts <= BACKOFF_STEPS ? (unsigned)attempts - 1 : BACKOFF_STEPS;
	return view_retry(a->st, v, c->tag, attempts,
	    now_ms + backoff_next_ms(&a->backoff), plain(&a->why, c->why));
}

/* One class of the lane: all that were emitted from `tag` to `to`. */
static int
settle_class(struct store_settle *a, struct settle_lane *l, int class,
    uint64_t tag, uint64_t to, uint64_t *settled)
{
	uint64_t last = reach(a, l, class), after = tag;
	struct view *v;
	int status;

	if (to < last)
		last = to;
	/* The segment that holds tag may begin before it. */
	status = views_find(a->st, &a->views, tag, &v);
	if (status == STORE_NONE || (status == 0 && v->g.class != class))
		status =
		    views_next(a->st, &a->views, l->row.id, class, after, &v);
	for (; status == 0 && v->g.seg <= last;
	     status =
		 views_next(a->st, &a->views, l->row.id, class, after, &v)) {
		uint64_t end = v->g.seg + v->g.n - 1;

		after = v->g.seg;
		for (uint64_t t = tag > v->g.seg ? tag : v->g.seg;
		     t <= end && t <= last; t++) {
			if (v->state[t - v->g.seg] &
			    (VIEW_SETTLED | VIEW_WAITING))
				continue;
			if ((status = view_settle(a->st, v, t)) != 0)
				return status;
			++*settled;
		}
	}
	return status == STORE_NONE ? 0 : status;
}

static int
range(struct store_settle *a, struct settle_lane *l, const struct control *c,
    enum store_counter otherwise)
{
	uint64_t settled = 0;
	int status = 0;

	if (c->ep != l->row.emit_epoch)
		return count(l, STALE, 1);
	for (int i = 0; status == 0 && i < STORE_CLASSES; i++)
		status = settle_class(a, l, i, c->tag, c->to_tag, &settled);
	if (status != 0)
		return status;
	return settled > 0 ? count(l, ACKED, settled) : count(l, otherwise, 1);
}

static int
gone(struct store_settle *a, const struct control *c)
{
	struct settle_lane *l;
	int status = STORE_NONE;

	if (c->to_tag > c->tag && c->state == OUTCOME_OK)
		status = lane_in_epoch(a, c->ep, &l);
	if (status == 0)
		return range(a, l, c, REPEATED);
	if (status == STORE_NONE) {
		a->unknown++;
		status = 0;
	}
	return status;
}

int
store_settle(struct store_settle *a, const struct control *c, int64_t now_ms)
{
	char room[STORE_ID_MAX];
	struct settle_lane *l;
	struct span record;
	struct view *v;
	bool settled;
	int status;

	a->now_ms = now_ms;
	status = views_find(a->st, &a->views, c->tag, &v);
	if (status == STORE_NONE)
		return gone(a, c);
	if (status != 0 || (status = lane_of(a, v->g.lane, &l)) != 0)
		return status;
	settled = v->state[c->tag - v->g.seg] & VIEW_SETTLED;
	if (settled && (c->to_tag == c->tag || c->state != OUTCOME_OK))
		return count(l, REPEATED, 1);
	if ((status = view_record(a->st, v, c->tag, &record)) != 0)
		return status;
	if (!span_eq(store_record_id(record, &v->g, c->tag, room), c->id))
		return count(l, MISMATCHED, 1);
	switch (c->state) {
	case OUTCOME_REJECT:
		return bury(a, l, v, c,
		    v->attempts != NULL ? v->attempts[c->tag - v->g.seg] + 1
					: 1,
		    now_ms);
	case OUTCOME_RETRY: return retry(a, l, v, c, now_ms);
	case OUTCOME_OK: break;
	}
	if (c->to_tag > c->tag)
		/* Nothing: it speaks for what was never emitted. */
		return range(a, l, c, settled ? REPEATED : MISMATCHED);
	if ((status = view_settle(a->st, v, c->tag)) != 0)
		return status;
	return count(l, ACKED, 1);
}

static int
save(struct store_settle *a, struct settle_lane *l)
{
	int status = store_history_trim(a->st, &l->row, a->now_ms);

	return status != 0 ? status : store_lane_save(a->st, &l->row);
}

int
store_settle_flush(struct store_settle *a)
{
	sqlite3_stmt *s;
	int status;

	if ((status = views_flush(a->st, &a->views)) != 0)
		return status;
	for (size_t i = 0; i < a->n_lanes; i++)
		if (a->lanes[i].live && a->lanes[i].dirty &&
		    (status = save(a, &a->lanes[i])) != 0)
			return status;
	if (a->unknown > 0) {
		if ((s = store_sql(a->st, SQL_UNKNOWN_ADD)) != NULL)
			bind_u64(s, 1, a->unknown);
		status = store_run(a->st, s);
	}
	store_settle_forget(a);
	return status;
}

void
store_settle_forget(struct store_settle *a)
{
	views_forget(&a->views);
	for (size_t i = 0; i < a->n_lanes; i++)
		a->lanes[i].live = a->lanes[i].dirty = false;
	a->unknown = 0;
}

struct store_settle *
store_settle_new(struct store *st, uint64_t max_attempts, uint64_t seed)
{
	struct store_settle *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->st = st;
	a->max_attempts = max_attempts;
	views_init(&a->views, on_full, on_freed, a);
	backoff_init(&a->backoff, RETRY_FIRST_MS, STORE_RETRY_MAX_MS, seed);
	buf_init(&a->why);
	buf_init(&a->id);
	return a;
}

void
store_settle_free(struct store_settle *a)
{
	if (a == NULL)
		return;
	views_release(&a->views);
	for (size_t i = 0; i < a->n_lanes; i++)
		if (a->lanes[i].emit_fd >= 0)
			close(a->lanes[i].emit_fd);
	buf_release(&a->why);
	buf_release(&a->id);
	free(a);
}
