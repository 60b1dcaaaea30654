/* SPDX-License-Identifier: MIT */
/* store_schema -- the tables, made once; views for sqlite3(1). */
#include <stdio.h>
#include <string.h>

#include "lib/rtime.h"
#include "lib/store_db.h"

#define COUNTER_MADE(id, name) ", " name " INTEGER NOT NULL DEFAULT 0"
#define COUNTERS STORE_COUNTER_LIST(COUNTER_MADE)
#define TEXT_OF(x) #x
#define NUMBER(x) TEXT_OF(x)
#define DEAD_RECORDS NUMBER(STORE_DEAD_RECORDS)
#define DEAD_BYTES NUMBER(STORE_DEAD_BYTES)

const char store_schema_lane[] =
    "CREATE TABLE lane (lane INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " kind TEXT CHECK (kind IN ('marked', 'unmarked')),"
    " epoch INTEGER NOT NULL DEFAULT 0, token TEXT NOT NULL DEFAULT '',"
    " nonce TEXT NOT NULL DEFAULT '', marks INTEGER NOT NULL DEFAULT 0,"
    " emit_epoch INTEGER NOT NULL DEFAULT 0,"
    " next_tag INTEGER NOT NULL DEFAULT 1,"
    " bytes INTEGER NOT NULL DEFAULT 0,"
    " max_records INTEGER NOT NULL DEFAULT 0,"
    " max_bytes INTEGER NOT NULL DEFAULT 0,"
    " max_age_ms INTEGER NOT NULL DEFAULT 0,"
    " max_attempts INTEGER NOT NULL DEFAULT 10,"
    " policy TEXT NOT NULL DEFAULT 'block',"
    " keep_ms INTEGER NOT NULL DEFAULT 0,"
    " keep_bytes INTEGER NOT NULL DEFAULT 0,"
    " kept_bytes INTEGER NOT NULL DEFAULT 0,"
    " dead_max_records INTEGER NOT NULL DEFAULT " DEAD_RECORDS ","
    " dead_max_bytes INTEGER NOT NULL DEFAULT " DEAD_BYTES ","
    " dead_bytes INTEGER NOT NULL DEFAULT 0,"
    " sampled_ms INTEGER NOT NULL DEFAULT 0" COUNTERS ");";

static const char tables[] =
    "CREATE TABLE spool (uuid TEXT NOT NULL, created TEXT NOT"
    " NULL, unknown INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE source (lane INTEGER NOT NULL, src TEXT NOT"
    " NULL, off INTEGER NOT NULL, hwm INTEGER NOT NULL, entry TEXT"
    " NOT NULL, anchors TEXT NOT NULL, done INTEGER NOT NULL,"
    " saved_ms INTEGER NOT NULL, PRIMARY KEY (lane, src)) WITHOUT"
    " ROWID;"
    "CREATE TABLE settled (lane INTEGER NOT NULL, class INTEGER"
    " NOT NULL, a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY"
    " KEY (lane, class, a)) WITHOUT ROWID;"
    "CREATE TABLE retry (tag INTEGER PRIMARY KEY, lane INTEGER"
    " NOT NULL, class INTEGER NOT NULL, attempts INTEGER NOT NULL,"
    " not_before_ms INTEGER NOT NULL, out INTEGER NOT NULL, why"
    " TEXT NOT NULL);"
    "CREATE INDEX retry_due ON retry (lane, not_before_ms) WHERE"
    " out = 0;"
    "CREATE TABLE gap (gap INTEGER PRIMARY KEY, lane INTEGER NOT"
    " NULL, src TEXT, from_offset INTEGER, to_offset INTEGER, why"
    " TEXT NOT NULL, path TEXT, n INTEGER, bytes INTEGER, at_ms"
    " INTEGER NOT NULL);"
    "CREATE TABLE seen (lane INTEGER NOT NULL, id TEXT NOT NULL,"
    " at_ms INTEGER NOT NULL, PRIMARY KEY (lane, id)) WITHOUT"
    " ROWID;"
    "CREATE INDEX seen_at ON seen (lane, at_ms);";

/* The body last: what stands behind it would be found through all of it. */
const char store_schema_segment[] =
    "CREATE TABLE segment (seg INTEGER PRIMARY KEY, lane INTEGER NOT NULL,"
    " class INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0,"
    " n INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " first_time TEXT, last_time TEXT, stored_ms INTEGER NOT NULL,"
    " ids TEXT, sum INTEGER, body TEXT NOT NULL);"
    "CREATE INDEX segment_lane ON segment (lane, class, seg, n)"
    " WHERE done = 0;"
    "CREATE INDEX segment_time ON segment"
    " (lane, class, last_time, first_time, stored_ms) WHERE done = 1;"
    "CREATE INDEX segment_kept ON segment (lane, seg) WHERE done = 1;";

const char store_schema_dead[] =
    "CREATE TABLE dead (letter INTEGER PRIMARY KEY AUTOINCREMENT,"
    " lane INTEGER NOT NULL, class INTEGER NOT NULL, tag INTEGER NOT NULL,"
    " id TEXT NOT NULL, why TEXT NOT NULL, attempts INTEGER NOT NULL,"
    " stored_ms INTEGER NOT NULL, died_ms INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, sum INTEGER, record TEXT NOT NULL);"
    "CREATE INDEX dead_lane ON dead (lane, letter, bytes);";

const char store_schema_new[] =
    "ALTER TABLE gap ADD COLUMN policy TEXT;"
    "ALTER TABLE gap ADD COLUMN first_id TEXT;"
    "ALTER TABLE gap ADD COLUMN last_id TEXT;"
    "CREATE TABLE buried (tag INTEGER PRIMARY KEY);"
    "CREATE TABLE sample (lane INTEGER NOT NULL, at_ms INTEGER NOT NULL,"
    " stored INTEGER NOT NULL, stored_bytes INTEGER NOT NULL,"
    " settled INTEGER NOT NULL, PRIMARY KEY (lane, at_ms)) WITHOUT ROWID;";

const char store_schema_gap[] =
    "ALTER TABLE gap ADD COLUMN times INTEGER NOT NULL DEFAULT 1;"
    "CREATE INDEX gap_lane ON gap (lane, gap);";

static const char views[] =
    "CREATE VIEW queue AS"
    " SELECT s.seg + r.key AS id, l.name AS lane,"
    " coalesce(json_extract(r.value, '$.timestamp'),"
    "  strftime('%Y-%m-%dT%H:%M:%fZ', s.stored_ms / 1000.0, 'unixepoch'))"
    "  AS timestamp,"
    " json_remove(r.value, '$._rx') AS payload,"
    " coalesce(y.attempts, 0) AS retry_count,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', s.stored_ms / 1000.0, 'unixepoch')"
    "  AS created_at,"
    " CASE s.class WHEN 0 THEN 'high' ELSE 'normal' END AS priority"
    " FROM lane l JOIN segment s ON s.lane = l.lane AND s.done = 0,"
    " json_each(s.body) r"
    " LEFT JOIN retry y ON y.tag = s.seg + r.key"
    " WHERE NOT EXISTS (SELECT 1 FROM settled t WHERE t.lane = s.lane"
    "  AND t.class = s.class AND t.a BETWEEN s.seg AND s.seg + r.key"
    "  AND t.b >= s.seg + r.key);"
    "CREATE VIEW dead_letters AS"
    " SELECT d.letter AS id, l.name AS lane, d.id AS message_id,"
    " d.why AS reason,"
    " d.attempts,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', d.died_ms / 1000.0, 'unixepoch')"
    "  AS died_at,"
    " json_remove(d.record, '$._rx') AS payload"
    " FROM dead d JOIN lane l ON l.lane = d.lane;";

/*
 * The one place where a name becomes SQL text: a view cannot be made with a
 * bound one.  The name was typed by an operator, has passed
 * store_lane_valid(), and is quoted all the same.
 */
int
store_schema_lane_view(struct store *st, const char *lane)
{
	char *text;
	sqlite3_stmt *s;
	int status;

	text =
	    sqlite3_mprintf("CREATE VIEW IF NOT EXISTS \"%w_queue\" AS"
			    " SELECT id, timestamp, payload, retry_count,"
			    " created_at, priority FROM queue WHERE lane = %Q",
		lane, lane);
	if (text == NULL)
		return store_fail(st, EX_TEMPFAIL, "out of memory");
	if (sqlite3_prepare_v2(st->db, text, -1, &s, NULL) != SQLITE_OK)
		status = store_sql_fail(
		    st, sqlite3_extended_errcode(st->db), "set up");
	else
		status = store_run(st, s);
	sqlite3_finalize(s);
	sqlite3_free(text);
	return status;
}

/* The views of the lanes that ship with rx answer before there are records. */
int
store_schema_views(struct store *st)
{
	static const char *const lanes[] = { "main", "error", "telemetry",
		"alert" };
	int status = store_exec(st, views);

	for (size_t i = 0; status == 0 && i < sizeof(lanes) / sizeof(*lanes);
	     i++)
		status = store_schema_lane_view(st, lanes[i]);
	return status;
}

int
store_schema_lane_views(struct store *st)
{
	sqlite3_stmt *s = store_sql(st, SQL_LANE_NAMES);
	char name[STORE_LANE_MAX + 1];
	int status;

	while (store_step(st, s, &status) == SQLITE_ROW) {
		column_copy(s, 0, name, sizeof(name));
		sqlite3_reset(s); /* a view cannot be made while it is read */
		if ((status = store_schema_lane_view(st, name)) != 0)
			return status;
	}
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

static int
make_tables(struct store *st)
{
	char uuid[DIGEST_UUID + 1], created[RTIME_MAX];
	sqlite3_stmt *s = NULL;
	int status;

	digest_uuid(uuid);
	rtime_render(created, rtime_now_ns(), 3);
	if ((status = store_exec(st, tables)) != 0 ||
	    (status = store_exec(st, store_schema_lane)) != 0 ||
	    (status = store_exec(st, store_schema_segment)) != 0 ||
	    (status = store_exec(st, store_schema_dead)) != 0 ||
	    (status = store_exec(st, store_schema_new)) != 0 ||
	    (status = store_exec(st, store_schema_gap)) != 0 ||
	    (status = store_schema_views(st)) != 0)
		return status;
	if (sqlite3_prepare_v2(st->db,
		"INSERT INTO spool (uuid, created) VALUES (?, ?)", -1, &s,
		NULL) != SQLITE_OK)
		return store_sql_fail(
		    st, sqlite3_extended_errcode(st->db), "set up");
	bind_text(s, 1, uuid);
	bind_text(s, 2, created);
	status = store_run(st, s);
	sqlite3_finalize(s);
	if (status == 0)
		status = store_exec(
		    st, "PRAGMA user_version = " NUMBER(STORE_LAYOUT));
	return status;
}

static int
make(struct store *st)
{
	int status;

	/* In this order a crash in between leaves a file that is ours. */
	if ((status = store_exec(st, "PRAGMA application_id = 0x72787370")) !=
		0 ||
	    (status = store_exec(st, "PRAGMA journal_mode = WAL")) != 0 ||
	    (status = store_run(st, store_sql(st, SQL_BEGIN_WRITE))) != 0)
		return status;
	if ((status = make_tables(st)) == 0)
		status = store_run(st, store_sql(st, SQL_COMMIT));
	if (status != 0)
		sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
	return status;
}

int
store_schema_ask(struct store *st, const char *text, int64_t *answer)
{
	sqlite3_stmt *s = NULL;
	int status = 0;

	if (sqlite3_prepare_v2(st->db, text, -1, &s, NULL) != SQLITE_OK)
		return store_sql_fail(
		    st, sqlite3_extended_errcode(st->db), "read");
	*answer = 0;
	if (store_step(st, s, &status) == SQLITE_ROW)
		*answer = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return status;
}

/* They are told as they are. */
static bool
is_made_of(const char *text, const char *set)
{
	return *text != '\0' && text[strspn(text, set)] == '\0';
}

static int
remember_spool(struct store *st)
{
	sqlite3_stmt *s = store_sql(st, SQL_SPOOL);
	int status;

	if (store_step(st, s, &status) == SQLITE_ROW) {
		column_copy(s, 0, st->uuid, sizeof(st->uuid));
		column_copy(s, 1, st->created, sizeof(st->created));
		if (!is_made_of(st->uuid, "0123456789abcdef-") ||
		    !is_made_of(st->created, "0123456789-T:.Z"))
			status = store_fail(st, EX_DATAERR,
			    "%s is damaged: its table spool does not tell "
			    "which it is",
			    st->path);
	} else if (status == 0)
		status = store_fail(st, EX_DATAERR,
		    "%s is damaged: its table spool is empty", st->path);
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

int
store_schema(struct store *st)
{
	int64_t application, layout, things;
	int status;

	if ((status = store_schema_ask(
		 st, "PRAGMA application_id", &application)) != 0 ||
	    (status = store_schema_ask(st, "PRAGMA user_version", &layout)) !=
		0 ||
	    (status = store_schema_ask(
		 st, "SELECT count(*) FROM sqlite_master", &things)) != 0 ||
	    (status = store_schema_ask(
		 st, "PRAGMA page_size", (int64_t *)&st->page_size)) != 0)
		return status;
	if (application == STORE_APPLICATION && layout > STORE_LAYOUT)
		return store_fail(st, EX_CONFIG,
		    "%s has layout %jd, newer than this program's %d: use the "
		    "newer rx-spool",
		    st->path, (intmax_t)layout, STORE_LAYOUT);
	if (layout == 0 && things == 0 &&
	    (application == 0 || application == STORE_APPLICATION)) {
		if (st->options.read_only)
			return store_fail(
			    st, STORE_NONE, "%s is not a spool yet", st->path);
		if ((status = make(st)) != 0)
			return status;
	} else if (application == STORE_APPLICATION && layout > 0 &&
	    layout < STORE_LAYOUT) {
		if ((status = store_migrate(st, layout)) != 0)
			return status;
	} else if (application != STORE_APPLICATION || layout != STORE_LAYOUT)
		return store_fail(st, EX_DATAERR,
		    "%s is a database, but no spool: name another file",
		    st->path);
	return remember_spool(st);
}
