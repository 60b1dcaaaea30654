/* SPDX-License-Identifier: MIT */
/*
 * store_rate -- how fast a lane fills and empties, from samples of its
 *               counters: one a minute, by who commits, for a day,
 *               and the one before.
 */
#include "lib/store_db.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS (24 * 60 * MINUTE_MS)

int
store_lane_sample(struct store *st, struct store_lane *l, int64_t now_ms)
{
	sqlite3_stmt *s;
	int status;

	if (now_ms >= l->sampled_ms && now_ms - l->sampled_ms < MINUTE_MS)
		return 0;
	l->sampled_ms = now_ms;
	if ((s = store_sql(st, SQL_SAMPLE_ADD)) != NULL) {
		sqlite3_bind_int64(s, 1, l->id);
		sqlite3_bind_int64(s, 2, now_ms);
		bind_u64(s, 3, l->count[STORED]);
		bind_u64(s, 4, l->count[STORED_BYTES]);
		bind_u64(s, 5, l->count[ACKED]);
	}
	if ((status = store_run(st, s)) != 0)
		return status;
	/* Those of the future are of a clock that was stepped back. */
	if ((s = store_sql(st, SQL_SAMPLE_PRUNE)) != NULL) {
		sqlite3_bind_int64(s, 1, l->id);
		sqlite3_bind_int64(s, 2, now_ms - DAY_MS);
		sqlite3_bind_int64(s, 3, now_ms);
	}
	return store_run(st, s);
}

struct sample {
	int64_t at_ms;
	uint64_t stored, stored_bytes, settled;
};

static int
find(struct store *st, enum sql which, int64_t lane, int64_t ms,
    struct sample *sample)
{
	sqlite3_stmt *s = store_sql(st, which);
	int status, rc;

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, lane);
		sqlite3_bind_int64(s, 2, ms);
	}
	rc = store_step(st, s, &status);
	if (rc == SQLITE_ROW)
		*sample = (struct sample){
			.at_ms = sqlite3_column_int64(s, 0),
			.stored = column_u64(s, 1),
			.stored_bytes = column_u64(s, 2),
			.settled = column_u64(s, 3),
		};
	else if (rc == SQLITE_DONE)
		status = STORE_NONE;
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

static uint64_t
between(uint64_t a, uint64_t b, double part)
{
	return b <= a ? a : a + (uint64_t)((double)(b - a) * part);
}

/*
 * What the counters were so long ago.  A sample is of before the commit that
 * takes it, and the next is due in a minute: so what lies between two has come
 * in that minute, evenly for all we know, and then nothing.  Of a lane that is
 * younger, its first sample; STORE_NONE: there is none.
 */
static int
look_back(struct store *st, const struct store_lane *l, int64_t now_ms,
    int64_t window_ms, struct sample *then)
{
	int64_t at_ms = now_ms - window_ms;
	double part;
	struct sample a,
	    b = { .stored = l->count[STORED],
		    .stored_bytes = l->count[STORED_BYTES],
		    .settled = l->count[ACKED] };
	int status = find(st, SQL_SAMPLE_BEFORE, l->id, at_ms, &a);

	if (status == STORE_NONE)
		return find(st, SQL_SAMPLE_SINCE, l->id, at_ms, then);
	if (status != 0)
		return status;
	status = find(st, SQL_SAMPLE_SINCE, l->id, at_ms + 1, &b);
	if (status != 0 && status != STORE_NONE)
		return status;
	part = (double)(at_ms - a.at_ms) / (double)MINUTE_MS;
	if (part > 1)
		part = 1;
	*then = (struct sample){
		.at_ms = at_ms,
		.stored = between(a.stored, b.stored, part),
		.stored_bytes = between(a.stored_bytes, b.stored_bytes, part),
		.settled = between(a.settled, b.settled, part),
	};
	return 0;
}

static double
per_second(uint64_t now, uint64_t then, int64_t ms)
{
	/* Of less than a second nothing can be said. */
	if (ms < 1000)
		ms = 1000;
	return now <= then ? 0 : (double)(now - then) * 1000 / (double)ms;
}

int
store_rates(struct store *st, const struct store_lane *l, int64_t now_ms,
    struct store_rates *r)
{
	struct sample day, minute;
	int status = look_back(st, l, now_ms, DAY_MS, &day);

	*r = (struct store_rates){ .day_ms = 0 };
	if (status == 0)
		status = look_back(st, l, now_ms, MINUTE_MS, &minute);
	if (status != 0)
		return status == STORE_NONE ? 0 : status;
	if (day.at_ms >= now_ms || minute.at_ms >= now_ms)
		return 0; /* by a clock that was ahead */
	r->day_ms = now_ms - day.at_ms;
	r->day_in = per_second(l->count[STORED], day.stored, r->day_ms);
	r->day_bytes =
	    per_second(l->count[STORED_BYTES], day.stored_bytes, r->day_ms);
	r->minute_ms = now_ms - minute.at_ms;
	r->in = per_second(l->count[STORED], minute.stored, r->minute_ms);
	r->out = per_second(l->count[ACKED], minute.settled, r->minute_ms);
	return 0;
}
