/* SPDX-License-Identifier: MIT */
/*
 * store_seen -- ids that producers gave, remembered for an hour, so that what
 *               is sent again is not stored again.
 */
#include "lib/store_db.h"

#define SEEN_MS (3600 * INT64_C(1000))
#define SEEN_MAX 100000 /* a lane's, about 10 MB; the oldest give way */

int
store_seen(struct store *st, int64_t lane, struct span id, int64_t now_ms,
    bool *is_new)
{
	sqlite3_stmt *s = store_sql(st, SQL_SEEN_ADD);
	int status;

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, lane);
		bind_span(s, 2, id);
		sqlite3_bind_int64(s, 3, now_ms);
		sqlite3_bind_int64(s, 4, now_ms - SEEN_MS);
	}
	status = store_run(st, s);
	*is_new = status == 0 && sqlite3_changes(st->db) > 0;
	return status;
}

int
store_seen_has(struct store *st, int64_t lane, struct span id, bool *has)
{
	sqlite3_stmt *s = store_sql(st, SQL_SEEN_HAS);
	int status;

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, lane);
		bind_span(s, 2, id);
	}
	*has = store_step(st, s, &status) == SQLITE_ROW;
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

int
store_seen_forget(struct store *st, int64_t lane, struct span id)
{
	sqlite3_stmt *s = store_sql(st, SQL_SEEN_FORGET);

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, lane);
		bind_span(s, 2, id);
	}
	return store_run(st, s);
}

static int
forget(struct store *st, enum sql which, int64_t lane, int64_t bound)
{
	sqlite3_stmt *s = store_sql(st, which);

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, lane);
		sqlite3_bind_int64(s, 2, bound);
	}
	return store_run(st, s);
}

int
store_seen_trim(struct store *st, int64_t lane, int64_t now_ms, uint64_t *early)
{
	int status = forget(st, SQL_SEEN_OLD, lane, now_ms - SEEN_MS);

	*early = 0;
	if (status == 0 &&
	    (status = forget(st, SQL_SEEN_MANY, lane, SEEN_MAX)) == 0)
		*early = (uint64_t)sqlite3_changes(st->db);
	return status;
}
