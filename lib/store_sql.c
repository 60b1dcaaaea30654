/* SPDX-License-Identifier: MIT */
/* store_sql -- every statement of the spool, and SQLite's answers as ours. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/store_db.h"

#define COUNTER_COLUMN(id, name) ", " name
#define COUNTER_SAVED(id, name) ", " name " = ?"
#define LANE_COLUMNS \
	"lane, name, kind, epoch, token, nonce, marks, emit_epoch, next_tag, " \
	"bytes, max_records, max_bytes, max_age_ms, max_attempts, policy, " \
	"keep_ms, keep_bytes, kept_bytes, " \
	"dead_max_records, dead_max_bytes, dead_bytes, " \
	"sampled_ms" STORE_COUNTER_LIST(COUNTER_COLUMN)
#define SEGMENT_COLUMNS "seg, lane, class, n, stored_ms, ids, sum"

const char store_lane_columns[] = LANE_COLUMNS;

static const char *const texts[SQL_COUNT] = {
	[SQL_BEGIN] = "BEGIN",
	[SQL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_DATA_VERSION] = "PRAGMA data_version",

	[SQL_LANE_FIND] = "SELECT " LANE_COLUMNS " FROM lane WHERE name = ?",
	[SQL_LANE_BY_ID] = "SELECT " LANE_COLUMNS " FROM lane WHERE lane = ?",
	[SQL_LANE_ALL] = "SELECT " LANE_COLUMNS " FROM lane ORDER BY lane",
	[SQL_LANE_IN_EPOCH] = "SELECT lane FROM lane WHERE emit_epoch = ?",
	[SQL_LAST_EPOCH] = "SELECT max(emit_epoch) FROM lane",
	[SQL_LANE_ADD] = "INSERT INTO lane (name) VALUES (?)",
	[SQL_LANE_NAMES] =
	    "SELECT name FROM lane WHERE NOT EXISTS (SELECT 1 FROM "
	    "sqlite_master m WHERE m.name = lane.name || '_queue' "
	    "COLLATE NOCASE) LIMIT 1",
	[SQL_LANE_SAVE] =
	    "UPDATE lane SET kind = ?, epoch = ?, token = ?, nonce = ?, "
	    "marks = ?, emit_epoch = ?, next_tag = ?, bytes = ?, "
	    "max_records = ?, max_bytes = ?, max_age_ms = ?, "
	    "max_attempts = ?, policy = ?, keep_ms = ?, keep_bytes = ?, "
	    "kept_bytes = ?, dead_max_records = ?, dead_max_bytes = ?, "
	    "dead_bytes = ?, sampled_ms = ?" STORE_COUNTER_LIST(
		COUNTER_SAVED) " WHERE lane = ?",
	[SQL_NEXT_TAG] = "SELECT max(next_tag) FROM lane",

	[SQL_SOURCES] =
	    "SELECT src, off, hwm, entry, anchors, done, saved_ms FROM source "
	    "WHERE lane = ? ORDER BY done, saved_ms DESC",
	[SQL_SOURCE_FIND] =
	    "SELECT src, off, hwm, entry, anchors, done, saved_ms FROM source "
	    "WHERE lane = ? AND src = ?",
	[SQL_SOURCES_SAVED] = "SELECT max(saved_ms) FROM source WHERE lane = ?",
	[SQL_SOURCE_SAVE] =
	    "INSERT INTO source (lane, src, off, hwm, entry, anchors, done, "
	    "saved_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
	    "ON CONFLICT (lane, src) DO UPDATE SET off = excluded.off, "
	    "hwm = excluded.hwm, entry = excluded.entry, "
	    "anchors = excluded.anchors, done = excluded.done, "
	    "saved_ms = excluded.saved_ms",
	[SQL_SOURCES_PRUNE] =
	    "DELETE FROM source WHERE lane = ?1 AND src IN (SELECT src FROM "
	    "source WHERE lane = ?1 AND done ORDER BY saved_ms DESC "
	    "LIMIT -1 OFFSET ?2)",
	[SQL_GAP_GROW] =
	    "UPDATE gap SET n = n + ?2, bytes = bytes + ?3, last_id = ?4 "
	    "WHERE gap = (SELECT max(gap) FROM gap) AND lane = ?1 AND "
	    "policy = ?5 AND at_ms BETWEEN ?6 - 60000 AND ?6",
	[SQL_GAP_DROPPED] =
	    "INSERT INTO gap (lane, why, n, bytes, last_id, policy, at_ms, "
	    "first_id) VALUES (?1, 'dropped', ?2, ?3, ?4, ?5, ?6, ?7)",
	/* The newest that is beyond those that stay as they are. */
	[SQL_GAP_BEYOND] = "SELECT gap FROM gap INDEXED BY gap_lane WHERE "
			   "lane = ? ORDER BY gap DESC LIMIT 1 OFFSET ?",
	[SQL_GAP_SUM] =
	    "UPDATE gap SET src = NULL, from_offset = NULL, to_offset = NULL, "
	    "path = NULL, first_id = NULL, last_id = NULL, n = o.n, "
	    "bytes = o.bytes, times = o.times, at_ms = o.at_ms FROM (SELECT "
	    "max(gap) AS gap, sum(n) AS n, sum(coalesce(bytes, to_offset - "
	    "from_offset)) AS bytes, sum(times) AS times, max(at_ms) AS at_ms "
	    "FROM gap INDEXED BY gap_lane WHERE lane = ?1 AND gap <= ?2 "
	    "GROUP BY why, policy) o WHERE gap.gap = o.gap",
	[SQL_GAP_FOLD] =
	    "DELETE FROM gap WHERE lane = ?1 AND gap <= ?2 AND gap NOT IN "
	    "(SELECT max(gap) FROM gap INDEXED BY gap_lane WHERE lane = ?1 "
	    "AND gap <= ?2 GROUP BY why, policy)",
	[SQL_GAP_ADD] =
	    "INSERT INTO gap (lane, src, from_offset, to_offset, why, path, "
	    "at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",

	[SQL_SEGMENT_ADD] =
	    "INSERT INTO segment (seg, lane, class, n, bytes, first_time, "
	    "last_time, stored_ms, ids, sum, body) "
	    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_SEGMENT_NEXT] =
	    "SELECT " SEGMENT_COLUMNS ", body FROM segment INDEXED BY "
	    "segment_lane WHERE lane = ? AND class = ? AND seg > ? "
	    "AND done = 0 ORDER BY seg LIMIT 1",
	[SQL_SEGMENT_OF] =
	    "SELECT " SEGMENT_COLUMNS ", done FROM segment WHERE seg <= ? "
	    "ORDER BY seg DESC LIMIT 1",
	[SQL_SEGMENT_AFTER] =
	    "SELECT " SEGMENT_COLUMNS " FROM segment INDEXED BY segment_lane "
	    "WHERE lane = ? AND class = ? AND seg > ? AND done = 0 "
	    "ORDER BY seg LIMIT 1",
	[SQL_SEGMENT_BELOW] =
	    "SELECT " SEGMENT_COLUMNS " FROM segment INDEXED BY segment_lane "
	    "WHERE lane = ? AND class = ? AND seg <= ? AND done = 0 "
	    "ORDER BY seg DESC LIMIT 1",
	[SQL_SEGMENT_BODY] = "SELECT body, sum FROM segment WHERE seg = ?",
	[SQL_SEGMENT_DELETE] =
	    "DELETE FROM segment WHERE seg = ? RETURNING bytes",

	[SQL_SETTLED_IN] =
	    "SELECT a, b FROM settled WHERE lane = ? AND class = ? AND a >= ? "
	    "AND a < ? ORDER BY a",
	[SQL_SETTLED_ADD] =
	    "INSERT INTO settled (lane, class, a, b) VALUES (?, ?, ?, ?)",
	[SQL_SETTLED_DELETE] =
	    "DELETE FROM settled WHERE lane = ? AND class = ? AND a >= ? AND "
	    "a < ?",
	[SQL_RETRIES_IN] =
	    "SELECT tag, attempts, out, not_before_ms FROM retry "
	    "WHERE tag >= ? AND tag < ?",
	[SQL_RETRY_SAVE] =
	    "INSERT OR REPLACE INTO retry (tag, lane, class, attempts, "
	    "not_before_ms, out, why) VALUES (?, ?, ?, ?, ?, 0, ?)",
	[SQL_RETRY_DELETE] = "DELETE FROM retry WHERE tag = ?",
	[SQL_RETRY_DUE] =
	    "SELECT tag, attempts FROM retry WHERE lane = ? AND out = 0 AND "
	    "(not_before_ms <= ? OR not_before_ms > ?) "
	    "ORDER BY not_before_ms LIMIT ?",
	[SQL_RETRY_OUT] = "UPDATE retry SET out = 1 WHERE tag = ?",
	[SQL_RETRY_NEXT] =
	    "SELECT (SELECT min(not_before_ms) FROM retry WHERE lane = ?1 AND "
	    "out = 0), (SELECT max(not_before_ms) FROM retry WHERE lane = ?1 "
	    "AND out = 0)",
	[SQL_RETRY_BACK] =
	    "UPDATE retry SET out = 0, not_before_ms = 0 WHERE lane = ? AND "
	    "out <> 0",
	[SQL_DEAD_ADD] =
	    "INSERT INTO dead (lane, class, tag, id, why, attempts, stored_ms, "
	    "died_ms, bytes, sum, record) "
	    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_DEAD_OLDEST] = "SELECT letter, bytes FROM dead INDEXED BY "
			    "dead_lane WHERE lane = ? "
			    "ORDER BY letter LIMIT 1",
	[SQL_DEAD_DELETE] = "DELETE FROM dead WHERE letter = ?",
	[SQL_DEAD_NEXT] =
	    "SELECT letter, lane, class, tag, attempts, stored_ms, died_ms, "
	    "id, why, record, sum FROM dead WHERE letter > ?1 AND "
	    "(?2 = 0 OR lane = ?2) ORDER BY letter LIMIT 1",
	[SQL_DEAD_BYTES] = "SELECT bytes FROM dead WHERE letter = ?",
	[SQL_DEAD_LAST] = "SELECT max(letter) FROM dead",
	[SQL_BURIED_ADD] = "INSERT OR IGNORE INTO buried (tag) VALUES (?)",
	[SQL_BURIED_IN] = "SELECT tag FROM buried WHERE tag >= ? AND tag < ?",
	[SQL_BURIED_DELETE] = "DELETE FROM buried WHERE tag >= ? AND tag < ?",

	/* Records without a timestamp have that of their storing. */
	[SQL_RANGE_PENDING] =
	    "SELECT seg FROM segment NOT INDEXED WHERE lane = ?1 AND "
	    "done = 0 AND (last_time >= ?2 AND first_time <= ?3 OR "
	    "stored_ms BETWEEN ?4 AND ?5) ORDER BY seg",
	[SQL_RANGE_HISTORY] =
	    "SELECT seg FROM segment INDEXED BY segment_time WHERE lane = ?1 "
	    "AND class IN (0, 1) AND done = 1 AND (last_time >= ?2 AND "
	    "first_time <= ?3 OR stored_ms BETWEEN ?4 AND ?5) ORDER BY seg",
	[SQL_LOOK] = "SELECT " SEGMENT_COLUMNS ", body FROM segment WHERE "
		     "seg = ? AND done = ?",
	[SQL_KEEP] =
	    "UPDATE segment SET done = 1 WHERE seg = ? RETURNING bytes",
	[SQL_KEPT_OLDEST] =
	    "SELECT seg, n, bytes, stored_ms FROM segment INDEXED BY "
	    "segment_kept WHERE lane = ? AND done = 1 ORDER BY seg LIMIT 1",
	[SQL_PURGE_BURIED] =
	    "DELETE FROM buried WHERE tag IN (SELECT b.tag FROM segment s, "
	    "buried b WHERE s.lane = ? AND s.done = 0 AND b.tag >= s.seg AND "
	    "b.tag < s.seg + s.n)",
	[SQL_PURGE_SEGMENTS] = "DELETE FROM segment WHERE seg IN (SELECT seg "
			       "FROM segment WHERE lane = ? AND done = 0)",
	[SQL_PURGE_SETTLED] = "DELETE FROM settled WHERE lane = ?",
	[SQL_PURGE_RETRIES] = "DELETE FROM retry WHERE lane = ?",
	[SQL_SAMPLE_ADD] =
	    "INSERT OR REPLACE INTO sample (lane, at_ms, stored, "
	    "stored_bytes, settled) VALUES (?, ?, ?, ?, ?)",
	[SQL_SAMPLE_PRUNE] =
	    "DELETE FROM sample WHERE lane = ?1 AND (at_ms > ?3 OR at_ms < "
	    "(SELECT max(at_ms) FROM sample WHERE lane = ?1 AND at_ms <= ?2))",
	[SQL_SAMPLE_BEFORE] =
	    "SELECT at_ms, stored, stored_bytes, settled FROM sample WHERE "
	    "lane = ? AND at_ms <= ? ORDER BY at_ms DESC LIMIT 1",
	[SQL_SAMPLE_SINCE] =
	    "SELECT at_ms, stored, stored_bytes, settled FROM sample WHERE "
	    "lane = ? AND at_ms >= ? ORDER BY at_ms LIMIT 1",
	[SQL_GAP_PURGED] =
	    "INSERT INTO gap (lane, why, n, bytes, at_ms) VALUES (?, 'purged', "
	    "?, ?, ?)",

	[SQL_FLIGHT_RECORDS] =
	    "SELECT coalesce(sum(min(n, ?3 - seg + 1)), 0) FROM segment "
	    "INDEXED BY segment_lane WHERE lane = ?1 AND class = ?2 AND "
	    "seg <= ?3 AND done = 0",
	[SQL_FLIGHT_SETTLED] =
	    "SELECT coalesce(sum(min(b, ?3) - a + 1), 0) FROM settled WHERE "
	    "lane = ?1 AND class = ?2 AND a <= ?3",
	[SQL_FLIGHT_WAITING] =
	    "SELECT count(*) FROM retry WHERE lane = ? AND class = ? AND "
	    "out = 0 AND tag <= ?",

	[SQL_SEEN_ADD] =
	    "INSERT INTO seen (lane, id, at_ms) VALUES (?1, ?2, ?3) "
	    "ON CONFLICT (lane, id) DO UPDATE SET at_ms = ?3 WHERE at_ms < ?4",
	[SQL_SEEN_HAS] = "SELECT 1 FROM seen WHERE lane = ? AND id = ?",
	[SQL_SEEN_FORGET] = "DELETE FROM seen WHERE lane = ? AND id = ?",
	[SQL_SEEN_OLD] = "DELETE FROM seen WHERE lane = ? AND at_ms < ?",
	[SQL_SEEN_MANY] =
	    "DELETE FROM seen WHERE lane = ?1 AND at_ms <= (SELECT at_ms FROM "
	    "seen WHERE lane = ?1 ORDER BY at_ms DESC LIMIT 1 OFFSET ?2)",

	[SQL_UNKNOWN_ADD] = "UPDATE spool SET unknown = unknown + ?",
	[SQL_DEPTH] =
	    "SELECT (SELECT coalesce(sum(n), 0) FROM segment WHERE lane = ?1 "
	    "AND done = 0) "
	    "- (SELECT coalesce(sum(b - a + 1), 0) FROM settled WHERE "
	    "lane = ?1), "
	    "(SELECT count(*) FROM segment WHERE lane = ?1 AND done = 0), "
	    "(SELECT count(*) FROM retry WHERE lane = ?1), "
	    "(SELECT count(*) FROM dead WHERE lane = ?1), "
	    "(SELECT coalesce(sum(times), 0) FROM gap WHERE lane = ?1), "
	    "(SELECT min(stored_ms) FROM segment WHERE seg IN (SELECT "
	    "min(seg) FROM segment WHERE lane = ?1 AND done = 0 GROUP BY "
	    "class))",
	[SQL_UNUSED] = "PRAGMA freelist_count",
	[SQL_SPOOL] = "SELECT uuid, created, unknown FROM spool",
};

int
store_fail(struct store *st, int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(st->why, sizeof(st->why), format, args);
	va_end(args);
	st->failed |= status == EX_DATAERR || status == EX_IOERR;
	return status;
}

/*
 * What a result asks of the caller.  No room is worth another try, also when
 * it shows as a write or a mapping that failed; every other I/O error ends
 * this process, because nobody knows what the page cache holds after it.
 */
static int
status_of(int rc, int error)
{
	switch (rc & 0xff) {
	case SQLITE_FULL: return STORE_FULL;
	case SQLITE_IOERR:
		if (error == EDQUOT ||
		    (rc == SQLITE_IOERR_SHMSIZE && error == ENOSPC))
			return STORE_FULL;
		if (rc == SQLITE_IOERR_NOMEM)
			return EX_TEMPFAIL;
		return EX_IOERR;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_NOMEM: return EX_TEMPFAIL;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: return EX_DATAERR;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_AUTH: return error == EROFS ? EX_IOERR : EX_NOPERM;
	case SQLITE_CANTOPEN:
		return error == EACCES || error == EPERM ? EX_NOPERM : EX_IOERR;
	default: return EX_DATAERR; /* a table lacks, a rule is broken */
	}
}

int
store_sql_fail(struct store *st, int rc, const char *doing)
{
	int error = sqlite3_system_errno(st->db), status;

	/* Of a log that cannot be written SQLite does not tell why. */
	if (error == 0 && (rc & 0xff) == SQLITE_IOERR)
		error = st->error;
	status = status_of(rc, error);

	store_fail(st, status, "unable to %s %s: %s%s%s", doing, st->path,
	    sqlite3_errmsg(st->db), error != 0 ? ": " : "",
	    error != 0 ? strerror(error) : "");
	if (status == EX_IOERR)
		st->broken = true;
	return status;
}

sqlite3_stmt *
store_sql(struct store *st, enum sql which)
{
	sqlite3_stmt **s = &st->statements[which];

	if (st->broken)
		return NULL;
	if (*s == NULL &&
	    sqlite3_prepare_v3(st->db, texts[which], -1,
		SQLITE_PREPARE_PERSISTENT, s, NULL) != SQLITE_OK)
		return NULL;
	return *s;
}

int
store_step(struct store *st, sqlite3_stmt *s, int *status)
{
	int rc;

	*status = 0;
	if (s == NULL) {
		*status = st->broken
		    ? EX_IOERR
		    : store_sql_fail(
			  st, sqlite3_extended_errcode(st->db), "use");
		return SQLITE_ERROR;
	}
	errno = 0;
	rc = sqlite3_step(s);
	st->error = errno;
	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		return rc;
	*status =
	    store_sql_fail(st, rc, sqlite3_stmt_readonly(s) ? "read" : "write");
	sqlite3_reset(s);
	return SQLITE_ERROR;
}

int
store_run(struct store *st, sqlite3_stmt *s)
{
	int status, rc;

	do
		rc = store_step(st, s, &status);
	while (rc == SQLITE_ROW);
	if (rc == SQLITE_DONE)
		sqlite3_reset(s);
	return status;
}

int
store_exec(struct store *st, const char *text)
{
	int rc = sqlite3_exec(st->db, text, NULL, NULL, NULL);

	return rc == SQLITE_OK
	    ? 0
	    : store_sql_fail(st, sqlite3_extended_errcode(st->db), "set up");
}

void
column_copy(sqlite3_stmt *s, int at, char *dst, size_t size)
{
	struct span text = column_span(s, at);
	size_t len = text.len < size ? text.len : size - 1;

	if (len > 0)
		memcpy(dst, text.at, len);
	dst[len] = '\0';
}
