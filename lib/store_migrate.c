/* SPDX-License-Identifier: MIT */
/*
 * store_migrate -- a spool of an older layout becomes one of the present, or
 *                  stays what it was: all of it is one transaction.
 *
 *   from 1
 *   lane       columns that are lacking are added, nonce among them, which the
 *              first spools had not
 *   segment    copied: columns behind the body would be slow to reach
 *   dead       copied: it had the tag as its key, and no bounds
 *
 *   from 2
 *   dead       copied, with a sum, which is lacking for what is there
 *
 *   from both
 *   gap        gets a column and an index
 *   the rest   as it was
 *
 * The two views that name these tables are made anew.
 */
#include <stdio.h>

#include "lib/diag.h"
#include "lib/store_db.h"

#define TEXT_OF(x) #x
#define NUMBER(x) TEXT_OF(x)

static const struct {
	const char *name, *type;
} columns[] = {
	{ "nonce", "TEXT NOT NULL DEFAULT ''" },
	{ "max_age_ms", "INTEGER NOT NULL DEFAULT 0" },
	{ "max_attempts", "INTEGER NOT NULL DEFAULT 10" },
	{ "policy", "TEXT NOT NULL DEFAULT 'block'" },
	{ "keep_ms", "INTEGER NOT NULL DEFAULT 0" },
	{ "keep_bytes", "INTEGER NOT NULL DEFAULT 0" },
	{ "kept_bytes", "INTEGER NOT NULL DEFAULT 0" },
	{ "dead_max_records",
	    "INTEGER NOT NULL DEFAULT " NUMBER(STORE_DEAD_RECORDS) },
	{ "dead_max_bytes",
	    "INTEGER NOT NULL DEFAULT " NUMBER(STORE_DEAD_BYTES) },
	{ "dead_bytes", "INTEGER NOT NULL DEFAULT 0" },
	{ "sampled_ms", "INTEGER NOT NULL DEFAULT 0" },
};

static const char drop_views[] = "DROP VIEW queue; DROP VIEW dead_letters;";
static const char move_out_1[] = "DROP INDEX segment_lane;"
				 "ALTER TABLE segment RENAME TO old_segment;"
				 "ALTER TABLE dead RENAME TO old_dead;";
static const char move_in_1[] =
    "INSERT INTO segment (seg, lane, class, n, bytes, first_time, last_time,"
    " stored_ms, ids, body) SELECT seg, lane, class, n, bytes, first_time,"
    " last_time, stored_ms, ids, body FROM old_segment ORDER BY seg;"
    "INSERT INTO dead (lane, class, tag, id, why, attempts, stored_ms,"
    " died_ms, bytes, record) SELECT lane, class, tag, id, why, attempts,"
    " stored_ms, died_ms, length(record) + length(id) + length(why), record"
    " FROM old_dead ORDER BY died_ms, tag;"
    "DROP TABLE old_segment; DROP TABLE old_dead;"
    "UPDATE lane SET dead_bytes = (SELECT coalesce(sum(bytes), 0) FROM dead"
    " WHERE dead.lane = lane.lane), stored_bytes = bytes;";

static const char move_out_2[] = "DROP INDEX dead_lane;"
				 "ALTER TABLE dead RENAME TO old_dead;";
/* Numbers of letters are never used twice, so the last one is kept, too. */
static const char move_in_2[] =
    "INSERT INTO dead (letter, lane, class, tag, id, why, attempts, stored_ms,"
    " died_ms, bytes, record) SELECT letter, lane, class, tag, id, why,"
    " attempts, stored_ms, died_ms, bytes, record FROM old_dead ORDER BY"
    " letter;"
    "DELETE FROM sqlite_sequence WHERE name = 'dead';"
    "INSERT INTO sqlite_sequence (name, seq) SELECT 'dead', seq FROM"
    " sqlite_sequence WHERE name = 'old_dead';"
    "DROP TABLE old_dead;";

static const char set_layout[] = "PRAGMA user_version = " NUMBER(STORE_LAYOUT);

static int
has_column(struct store *st, const char *name, bool *has)
{
	sqlite3_stmt *s = NULL;
	int status = 0;

	if (sqlite3_prepare_v2(st->db,
		"SELECT 1 FROM pragma_table_info('lane') WHERE name = ?", -1,
		&s, NULL) != SQLITE_OK)
		return store_sql_fail(
		    st, sqlite3_extended_errcode(st->db), "read");
	bind_text(s, 1, name);
	*has = store_step(st, s, &status) == SQLITE_ROW;
	sqlite3_finalize(s);
	return status;
}

static int
add_column(struct store *st, const char *name, const char *type)
{
	char text[256];
	bool has;
	int status;

	if ((status = has_column(st, name, &has)) != 0 || has)
		return status;
	snprintf(text, sizeof(text), "ALTER TABLE lane ADD COLUMN %s %s", name,
	    type);
	return store_exec(st, text);
}

static int
add_columns(struct store *st)
{
	int status = 0;

	for (size_t i = 0;
	     status == 0 && i < sizeof(columns) / sizeof(*columns); i++)
		status = add_column(st, columns[i].name, columns[i].type);
	for (int i = 0; status == 0 && i < STORE_COUNTERS; i++)
		status = add_column(
		    st, store_counter_names[i], "INTEGER NOT NULL DEFAULT 0");
	return status;
}

/* Columns that were added stand behind the others; salvage goes by place. */
static int
order_columns(struct store *st)
{
	char *move;
	int status;

	if ((status = store_exec(st, "ALTER TABLE lane RENAME TO old_lane;")) !=
		0 ||
	    (status = store_exec(st, store_schema_lane)) != 0)
		return status;
	move = sqlite3_mprintf("INSERT INTO lane (%s) SELECT %s FROM old_lane;"
			       "DROP TABLE old_lane;",
	    store_lane_columns, store_lane_columns);
	if (move == NULL)
		return store_fail(st, EX_TEMPFAIL, "out of memory");
	status = store_exec(st, move);
	sqlite3_free(move);
	return status;
}

static int
from_1(struct store *st)
{
	int status;

	if ((status = add_columns(st)) != 0 ||
	    (status = order_columns(st)) != 0 ||
	    (status = store_exec(st, move_out_1)) != 0 ||
	    (status = store_exec(st, store_schema_segment)) != 0 ||
	    (status = store_exec(st, store_schema_dead)) != 0 ||
	    (status = store_exec(st, store_schema_new)) != 0)
		return status;
	return store_exec(st, move_in_1);
}

static int
from_2(struct store *st)
{
	int status = store_exec(st, move_out_2);

	if (status == 0)
		status = store_exec(st, store_schema_dead);
	return status != 0 ? status : store_exec(st, move_in_2);
}

static int
steps(struct store *st, int64_t layout)
{
	int status;

	/* Who waited for the lock may find it done. */
	if ((status = store_schema_ask(st, "PRAGMA user_version", &layout)) !=
		0 ||
	    layout == STORE_LAYOUT)
		return status;
	if ((status = store_exec(st, drop_views)) != 0 ||
	    (status = layout == 1 ? from_1(st) : from_2(st)) != 0 ||
	    (status = store_exec(st, store_schema_gap)) != 0 ||
	    (status = store_exec(st, set_layout)) != 0)
		return status;
	return store_schema_views(st);
}

int
store_migrate(struct store *st, int64_t layout)
{
	int status;

	if (st->options.read_only)
		return store_fail(st, EX_TEMPFAIL,
		    "%s has the older layout %jd: the next push, emit or ack "
		    "brings it up to date",
		    st->path, (intmax_t)layout);
	/* A rename is to leave the views of lanes alone. */
	sqlite3_db_config(
	    st->db, SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 1, (int *)NULL);
	if ((status = store_run(st, store_sql(st, SQL_BEGIN_WRITE))) != 0)
		return status;
	if ((status = steps(st, layout)) == 0)
		status = store_run(st, store_sql(st, SQL_COMMIT));
	if (status != 0)
		sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
	else
		info("%s was of layout %jd and is of layout %d now", st->path,
		    (intmax_t)layout, STORE_LAYOUT);
	return status;
}
