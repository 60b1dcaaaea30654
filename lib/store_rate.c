/* SPDX-License-Identifier: MIT */
/*
 * store_rate -- how fast a lane fills and empties, from samples of its
 *               counters: one a minute, by who commits, for a day.
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
		sqlite3_bind_int64(s, 2, now_ms - DAY_MS - MINUTE_MS);
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
	int64_t ms;
	int status = find(st, SQL_SAMPLE_SINCE, l->id, now_ms - DAY_MS, &day);

	*r = (struct store_rates){ .day_ms = 0 };
	if (status != 0 || day.at_ms >= now_ms)
		return status == STORE_NONE ? 0 : status;
	r->day_ms = now_ms - day.at_ms;
	r->day_in = per_second(l->count[STORED], day.stored, r->day_ms);
	r->day_bytes =
	    per_second(l->count[STORED_BYTES], day.stored_bytes, r->day_ms);
	status =
	    find(st, SQL_SAMPLE_BEFORE, l->id, now_ms - MINUTE_MS, &minute);
	if (status == STORE_NONE)
		minute = day; /* younger than a minute */
	else if (status != 0)
		return status;
	ms = now_ms - minute.at_ms;
	r->in = per_second(l->count[STORED], minute.stored, ms);
	r->out = per_second(l->count[ACKED], minute.settled, ms);
	return 0;
}
