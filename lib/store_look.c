/* SPDX-License-Identifier: MIT */
/*
 * store_look -- segments to look into: what waits, and what was delivered and
 *               is kept.  How it got there, and how it goes.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/rtime.h"
#include "lib/store_db.h"

#define DAY_MS INT64_C(86400000)

/*
 * The tables have the timestamps as written, to the second; an offset from UTC
 * moves one by less than a day.
 */
static void
render_time(char dst[RTIME_MAX], int64_t ms)
{
	const int64_t last = INT64_C(9223372036854); /* ms in 2262 */

	if (ms < 0)
		ms = 0;
	dst[rtime_render(dst, (ms < last ? ms : last) * 1000000, 0) - 1] = '\0';
}

int
store_range_segments(struct store *st, const struct store_range *r,
    int (*each)(void *, uint64_t seg), void *arg)
{
	sqlite3_stmt *s =
	    store_sql(st, r->history ? SQL_RANGE_HISTORY : SQL_RANGE_PENDING);
	char since[RTIME_MAX], until[RTIME_MAX];
	int status;

	render_time(
	    since, r->since_ms < INT64_MIN + DAY_MS ? 0 : r->since_ms - DAY_MS);
	render_time(until,
	    r->until_ms > INT64_MAX - DAY_MS ? INT64_MAX
					     : r->until_ms + DAY_MS);
	if (s != NULL) {
		sqlite3_bind_int64(s, 1, r->lane);
		bind_text(s, 2, since);
		bind_text(s, 3, until);
		sqlite3_bind_int64(s, 4, r->since_ms);
		sqlite3_bind_int64(s, 5, r->until_ms);
	}
	while (store_step(st, s, &status) == SQLITE_ROW)
		if ((status = each(arg, column_u64(s, 0))) != 0)
			break;
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

static int
make_room(struct store *st, struct store_look *look, uint64_t n)
{
	uint32_t *offsets;
	uint64_t *attempts;
	uint8_t *states;

	if (n <= look->room)
		return 0;
	if ((offsets = realloc(look->offsets, (n + 1) * sizeof(*offsets))))
		look->offsets = offsets;
	if ((attempts = realloc(look->attempts, n * sizeof(*attempts))))
		look->attempts = attempts;
	if ((states = realloc(look->states, n)))
		look->states = states;
	if (offsets == NULL || attempts == NULL || states == NULL)
		return store_fail(st, EX_TEMPFAIL, "out of memory");
	look->room = n;
	return 0;
}

static int
look_at_retries(struct store *st, struct store_look *look)
{
	sqlite3_stmt *s = store_sql(st, SQL_RETRIES_IN);
	int status;

	if (s != NULL) {
		bind_u64(s, 1, look->g.seg);
		bind_u64(s, 2, look->g.seg + look->g.n);
	}
	while (store_step(st, s, &status) == SQLITE_ROW)
		look->attempts[column_u64(s, 0) - look->g.seg] =
		    column_u64(s, 1);
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

static int
look_at_buried(struct store *st, struct store_look *look)
{
	sqlite3_stmt *s = store_sql(st, SQL_BURIED_IN);
	int status;

	if (s != NULL) {
		bind_u64(s, 1, look->g.seg);
		bind_u64(s, 2, look->g.seg + look->g.n);
	}
	while (store_step(st, s, &status) == SQLITE_ROW)
		look->states[column_u64(s, 0) - look->g.seg] = STATE_DEAD;
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

int
store_look(
    struct store *st, uint64_t seg, bool history, struct store_look *look)
{
	struct store_segment *g = &look->g;
	int status = store_segment_get(st, seg, history, g, &look->body);

	if (status != 0 || (status = make_room(st, look, g->n)) != 0)
		return status;
	if (store_segment_index(g, g->body, look->offsets) < 0)
		return store_fail(st, EX_DATAERR,
		    "%s is damaged: segment %ju is not made of %ju records",
		    st->path, (uintmax_t)g->seg, (uintmax_t)g->n);
	memset(look->attempts, 0, g->n * sizeof(*look->attempts));
	memset(look->states, history ? STATE_DELIVERED : STATE_PENDING, g->n);
	if (history)
		return look_at_buried(st, look);
	if ((status = store_segment_settled(st, g, look->states, STATE_GONE)) !=
	    0)
		return status;
	return look_at_retries(st, look);
}

void
store_look_release(struct store_look *look)
{
	buf_release(&look->body);
	free(look->offsets);
	free(look->states);
	free(look->attempts);
}

static int
run_for(struct store *st, enum sql which, int64_t lane)
{
	sqlite3_stmt *s = store_sql(st, which);

	if (s != NULL)
		sqlite3_bind_int64(s, 1, lane);
	return store_run(st, s);
}

int
store_lane_purge(struct store *st, struct store_lane *l, int64_t now_ms)
{
	uint64_t n = store_lane_pending(l);
	sqlite3_stmt *s;
	int status;

	if ((status = run_for(st, SQL_PURGE_BURIED, l->id)) != 0 ||
	    (status = run_for(st, SQL_PURGE_SEGMENTS, l->id)) != 0 ||
	    (status = run_for(st, SQL_PURGE_SETTLED, l->id)) != 0 ||
	    (status = run_for(st, SQL_PURGE_RETRIES, l->id)) != 0 || n == 0)
		return status;
	if ((s = store_sql(st, SQL_GAP_PURGED)) != NULL) {
		sqlite3_bind_int64(s, 1, l->id);
		bind_u64(s, 2, n);
		bind_u64(s, 3, l->bytes);
		sqlite3_bind_int64(s, 4, now_ms);
	}
	l->count[PURGED] += n;
	l->bytes = 0;
	status = store_run(st, s);
	return status != 0 ? status : store_gap_trim(st, l->id);
}

static int
forget_kept(struct store *st, uint64_t seg, uint64_t n)
{
	const struct store_segment g = { .seg = seg, .n = n };
	int status = store_dead_forget(st, &g);
	sqlite3_stmt *s;

	if (status != 0)
		return status;
	if ((s = store_sql(st, SQL_SEGMENT_DELETE)) != NULL)
		bind_u64(s, 1, seg);
	return store_run(st, s);
}

/* Those beyond so many bytes, or stored before then. */
static int
trim(struct store *st, struct store_lane *l, uint64_t max, int64_t before_ms)
{
	uint64_t seg = 0, n = 0, bytes = 0;
	int64_t stored_ms = 0;
	sqlite3_stmt *s;
	int status, rc;

	for (;;) {
		if ((s = store_sql(st, SQL_KEPT_OLDEST)) != NULL)
			sqlite3_bind_int64(s, 1, l->id);
		rc = store_step(st, s, &status);
		if (rc == SQLITE_ROW) {
			seg = column_u64(s, 0);
			n = column_u64(s, 1);
			bytes = column_u64(s, 2);
			stored_ms = sqlite3_column_int64(s, 3);
		}
		if (s != NULL)
			sqlite3_reset(s);
		if (rc != SQLITE_ROW ||
		    (l->kept_bytes <= max && stored_ms >= before_ms))
			return status;
		l->kept_bytes -= bytes < l->kept_bytes ? bytes : l->kept_bytes;
		if ((status = forget_kept(st, seg, n)) != 0)
			return status;
	}
}

int
store_history_trim(struct store *st, struct store_lane *l, int64_t now_ms)
{
	if (l->keep_ms == 0 && l->kept_bytes == 0)
		return 0;
	return trim(st, l, l->keep_bytes, now_ms - l->keep_ms);
}

int
store_history_bound(struct store *st, struct store_lane *l, uint64_t max)
{
	return trim(st, l, max, INT64_MIN);
}
