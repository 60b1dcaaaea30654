/* SPDX-License-Identifier: MIT */
/*
 * store_verify -- a spool looked at whole: its pages, what its counters
 *                 promise, and the sum of each body and letter.
 */
#include "lib/store_db.h"
#include "lib/store_salvage.h"

static int
is_whole(struct store *st)
{
	sqlite3_stmt *s = NULL;
	int status = 0;

	if (sqlite3_prepare_v2(
		st->db, "PRAGMA integrity_check(1)", -1, &s, NULL) != SQLITE_OK)
		return store_sql_fail(
		    st, sqlite3_extended_errcode(st->db), "read");
	if (store_step(st, s, &status) == SQLITE_ROW &&
	    !span_is(column_span(s, 0), "ok"))
		/* What SQLite says of it has several lines. */
		status = store_fail(st, EX_DATAERR, "%s is damaged", st->path);
	sqlite3_finalize(s);
	return status;
}

/* What a lane's counters promise has to be there: a row that moved tells. */
static int
is_balanced(struct store *st)
{
	int64_t unbalanced;
	int status = store_schema_ask(st,
	    "SELECT count(*) FROM lane l WHERE stored - acked - dead - dropped "
	    "- purged - lost <> (SELECT coalesce(sum(n), 0) FROM segment s "
	    "WHERE s.lane = l.lane AND done = 0) - (SELECT "
	    "coalesce(sum(b - a + 1), 0) FROM settled t WHERE "
	    "t.lane = l.lane) OR dead + dropped - dead_dropped - dead_purged "
	    "- restored <> (SELECT count(*) FROM dead d WHERE "
	    "d.lane = l.lane)",
	    &unbalanced);

	if (status == 0 && unbalanced > 0)
		status = store_fail(st, EX_DATAERR,
		    "%s is damaged: the counters of %jd lanes are not those of "
		    "what is there",
		    st->path, (intmax_t)unbalanced);
	return status;
}

/* One after the other, with its body: the sum tells. */
static int
segments(struct store *st)
{
	struct store_look look = { .room = 0 };
	sqlite3_stmt *s = NULL;
	uint64_t seg;
	bool done;
	int status;

	if (sqlite3_prepare_v2(st->db, "SELECT seg, done FROM segment", -1, &s,
		NULL) != SQLITE_OK)
		return store_sql_fail(
		    st, sqlite3_extended_errcode(st->db), "read");
	buf_init(&look.body);
	while (store_step(st, s, &status) == SQLITE_ROW) {
		seg = column_u64(s, 0);
		done = sqlite3_column_int(s, 1) != 0;
		if ((status = store_look(st, seg, done, &look)) != 0)
			break;
	}
	store_look_release(&look);
	sqlite3_finalize(s);
	return status;
}

static int
letters(struct store *st)
{
	struct store_letter letter = { .letter = 0 };
	struct buf text;
	int status;

	buf_init(&text);
	do
		status = store_dead_next(st, 0, letter.letter, &letter, &text);
	while (status == 0);
	buf_release(&text);
	return status == STORE_NONE ? 0 : status;
}

int
store_verify(struct store *st)
{
	int status;

	if ((status = is_whole(st)) != 0 || (status = is_balanced(st)) != 0 ||
	    (status = segments(st)) != 0)
		return status;
	return letters(st);
}
