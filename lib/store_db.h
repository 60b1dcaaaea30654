/* SPDX-License-Identifier: MIT */
/*
 * store_db -- what the files of lib/store share: the handle, the statements,
 *             and how SQLite's answers become ours.  Nobody else includes it.
 */
#ifndef RX_STORE_DB_H
#define RX_STORE_DB_H

#include <sqlite3.h>
#include <stdint.h>

#include "lib/store_flow.h"
#include "lib/store_tell.h"

#define STORE_APPLICATION 0x72787370 /* "rxsp" */
#define STORE_LAYOUT 3
#define STORE_PATH_MAX 4096
#define STORE_SEGMENT_MAX 100000 /* records in one: no more are plausible */
#define STORE_RETRY_MAX_MS 60000 /* and a tenth, by the jitter */

/* Every statement that runs more than once; its text is in store_sql.c. */
enum sql {
	SQL_BEGIN,
	SQL_BEGIN_WRITE,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_DATA_VERSION,
	SQL_LANE_FIND,
	SQL_LANE_BY_ID,
	SQL_LANE_ALL,
	SQL_LANE_IN_EPOCH,
	SQL_LAST_EPOCH,
	SQL_LANE_ADD,
	SQL_LANE_NAMES,
	SQL_LANE_SAVE,
	SQL_NEXT_TAG,
	SQL_SOURCES,
	SQL_SOURCE_FIND,
	SQL_SOURCES_SAVED,
	SQL_SOURCE_SAVE,
	SQL_SOURCES_PRUNE,
	SQL_GAP_ADD,
	SQL_GAP_GROW,
	SQL_GAP_DROPPED,
	SQL_GAP_BEYOND,
	SQL_GAP_SUM,
	SQL_GAP_FOLD,
	SQL_SEGMENT_ADD,
	SQL_SEGMENT_NEXT,
	SQL_SEGMENT_OF,
	SQL_SEGMENT_AFTER,
	SQL_SEGMENT_BELOW,
	SQL_SEGMENT_BODY,
	SQL_SEGMENT_DELETE,
	SQL_SETTLED_IN,
	SQL_SETTLED_ADD,
	SQL_SETTLED_DELETE,
	SQL_RETRIES_IN,
	SQL_RETRY_SAVE,
	SQL_RETRY_DELETE,
	SQL_RETRY_DUE,
	SQL_RETRY_OUT,
	SQL_RETRY_NEXT,
	SQL_RETRY_BACK,
	SQL_DEAD_ADD,
	SQL_DEAD_OLDEST,
	SQL_DEAD_DELETE,
	SQL_DEAD_NEXT,
	SQL_DEAD_BYTES,
	SQL_DEAD_LAST,
	SQL_BURIED_ADD,
	SQL_BURIED_IN,
	SQL_BURIED_DELETE,
	SQL_RANGE_PENDING,
	SQL_RANGE_HISTORY,
	SQL_LOOK,
	SQL_KEEP,
	SQL_KEPT_OLDEST,
	SQL_PURGE_BURIED,
	SQL_PURGE_SEGMENTS,
	SQL_PURGE_SETTLED,
	SQL_PURGE_RETRIES,
	SQL_GAP_PURGED,
	SQL_SAMPLE_ADD,
	SQL_SAMPLE_PRUNE,
	SQL_SAMPLE_BEFORE,
	SQL_SAMPLE_SINCE,
	SQL_FLIGHT_RECORDS,
	SQL_FLIGHT_SETTLED,
	SQL_FLIGHT_WAITING,
	SQL_SEEN_ADD,
	SQL_SEEN_FORGET,
	SQL_SEEN_HAS,
	SQL_SEEN_OLD,
	SQL_SEEN_MANY,
	SQL_UNKNOWN_ADD,
	SQL_DEPTH,
	SQL_UNUSED,
	SQL_SPOOL,
	SQL_COUNT
};

#define STORE_HOLDS 16 /* lanes that one transaction drops from */

struct store {
	sqlite3 *db;
	char path[STORE_PATH_MAX];
	struct store_options options;
	int lock_fd, watch_fd;
	int hold_fd[STORE_HOLDS]; /* locked against emit until the commit */
	size_t n_holds;
	bool locked, writing, broken;
	bool failed; /* damage was met, or an I/O error */
	int error; /* errno of the last step */
	int64_t until_ns; /* store_until() */
	uint64_t wal_frames; /* after the last commit of ours */
	uint64_t page_size;
	int64_t version; /* PRAGMA data_version when last looked at */
	char uuid[DIGEST_UUID + 1], created[32];
	char why[STORE_WHY];
	sqlite3_stmt *statements[SQL_COUNT];
};

/* Sets why, returns status. */
int store_fail(struct store *, int status, const char *, ...)
    __attribute__((format(printf, 3, 4)));
/* The status for an SQLite result, why from SQLite. */
int store_sql_fail(struct store *, int rc, const char *doing);

/*
 * The statement, ready for bindings; NULL with why set when it cannot be
 * prepared (store_run and store_step then report it).
 */
sqlite3_stmt *store_sql(struct store *, enum sql);
/* One step: SQLITE_ROW, SQLITE_DONE, or SQLITE_ERROR and *status. */
int store_step(struct store *, sqlite3_stmt *, int *status);
/* A statement without rows: to the end, and reset. */
int store_run(struct store *, sqlite3_stmt *);
/* PRAGMA and schema text at open; never on a hot path. */
int store_exec(struct store *, const char *text);

static inline void
bind_u64(sqlite3_stmt *s, int at, uint64_t value)
{
	sqlite3_bind_int64(s, at, (sqlite3_int64)value);
}

static inline void
bind_span(sqlite3_stmt *s, int at, struct span text)
{
	sqlite3_bind_text64(s, at, text.at == NULL ? "" : text.at, text.len,
	    SQLITE_STATIC, SQLITE_UTF8);
}

static inline void
bind_text(sqlite3_stmt *s, int at, const char *text)
{
	bind_span(s, at, span_of(text));
}

static inline uint64_t
column_u64(sqlite3_stmt *s, int at)
{
	return (uint64_t)sqlite3_column_int64(s, at);
}

static inline struct span
column_span(sqlite3_stmt *s, int at)
{
	const char *text = (const char *)sqlite3_column_text(s, at);

	return (struct span){ text, (size_t)sqlite3_column_bytes(s, at) };
}

/* Copies a column's text, cut to size. */
void column_copy(sqlite3_stmt *, int at, char *dst, size_t size);

/* store_schema.c: make or check what is in the file, under the lock. */
int store_schema(struct store *);
int store_schema_lane_view(struct store *, const char *lane);
int store_schema_lane_views(struct store *); /* those that are lacking */
int store_schema_views(struct store *); /* all but those of other lanes */
/* The number a query of ours answers with. */
int store_schema_ask(struct store *, const char *text, int64_t *answer);
extern const char store_schema_lane[], store_schema_segment[],
    store_schema_dead[],
    store_schema_new[], /* tables that layout 1 had not, or had otherwise */
    store_schema_gap[]; /* what layout 2 had not */

/* store_migrate.c: from an older layout, in one transaction. */
int store_migrate(struct store *, int64_t layout);

/* store_sql.c: a row of lane as it stands in the file. */
extern const char store_lane_columns[];

/* store_lane.c: emit epochs, which no two lanes share. */
int store_lane_in_epoch(struct store *, uint64_t epoch, int64_t *lane);
int store_lane_next_epoch(struct store *, uint64_t *epoch);

/* store_segment.c: what the sum of a segment, or of a letter, is made by. */
uint64_t store_body_sum(struct span body);

/* The one with that tag first, and its body. */
int store_segment_get(struct store *, uint64_t seg, bool done,
    struct store_segment *, struct buf *body);
/* Sets `bit` for each of its records that is settled. */
int store_segment_settled(
    struct store *, const struct store_segment *, uint8_t *bits, uint8_t bit);

/*
 * store_dead.c: for a history that is kept: this one was not delivered; and
 * that one, which is not kept.
 */
int store_dead_note(struct store *, const struct store_lane *, uint64_t tag);
int store_dead_forget(struct store *, const struct store_segment *);

/* store_stat.c: pages of the file that hold nothing. */
int store_unused(struct store *, uint64_t *pages);

/* store_open.c: DB.suffix, opened as wanted; -1 with errno. */
int store_side_file(struct store *, const char *suffix, int flags);

/* store_segment.c: the lane's last with a tag up to `tag'. */
int store_segment_below(struct store *, int64_t lane, int class, uint64_t tag,
    struct store_segment *);

/* store_lock.c */
int store_lock(struct store *);
void store_unlock(struct store *);
int store_checkpoint(struct store *, bool all);

#endif
