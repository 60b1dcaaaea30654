/* SPDX-License-Identifier: MIT */
/*
 * store -- a spool: lanes of records in one SQLite file, and what became of
 *          each.  The one door to sqlite3.
 *
 * FILES.  DB, DB-wal and DB-shm are SQLite's.  DB.lock is flocked around every
 * write transaction and every checkpoint (PROTOCOL.md P7); its first eight
 * bytes are a number that each commit raises, so that who waits for news can
 * watch the file.  DB.emit-LANE is flocked by the one emit of that lane and
 * says how far it has come (lib/store_reach.h): live state, worthless after the
 * machine has crashed.  All are 0600.
 *
 * LAYOUT 3.  application_id is "rxsp", user_version the number of the layout; an
 * older one is brought up to date by whoever opens the file to write.
 * Times are milliseconds since 1970 unless they are text.
 *
 *   spool    one row.  uuid and created; unknown: outcomes for no record.
 *   lane     name, kind (marked, unmarked, or NULL until somebody decides),
 *            epoch and token of the last claim, nonce of the one run that began
 *            with it, marks committed, emit_epoch of
 *            the last emit, which no two lanes share, bytes of its segments, the limits push last had,
 *            how long delivered segments are kept and how many bytes of them,
 *            the bounds of its dead letters and their bytes, when its counters
 *            were last sampled, one column for each counter below.  next_tag is one above the
 *            highest tag it was ever given; the spool's next tag is the highest
 *            of them, so that no tag is used twice, also not after deletion.
 *   source   (lane, src): off, hwm, entry (the ENTRY as it came, JSON), anchors
 *            (JSON, positions it had, [offset,[LEN,HASH],ms], newest first: the
 *            last four, then up to three that lie 20 s apart), done.
 *   segment  a run of records in stream order.  seg is the tag of its first
 *            record, the others follow: tag = seg + index.  body is a JSON
 *            array with ",\n" between the records, which hold no newline, so a
 *            line is a record, and the sqlite3 shell reads it with json_each.
 *            n, bytes; class 0 or 1 (for --priority, else 0); first_time and
 *            last_time of the records' timestamps, to the second; stored_ms;
 *            ids: prefix of the ids of records that brought none; sum: the
 *            CRC-32 of the body, or NULL.  done is 1 once all are settled and
 *            the lane keeps its history; else such a segment is deleted.
 *   settled  ranges a..b of tags inside a segment that are done with.  Ranges
 *            that touch are one range, which goes when all of the segment is
 *            settled.  So the table is as large as the disorder.
 *   retry    tag: attempts, not_before_ms, why; out is 0 while it waits and 1
 *            once it was emitted again in the lane's present emit epoch.  One
 *            that was out when its emit ended waits with not_before_ms 0.
 *   dead     letter, a number never used twice: tag, id, why, attempts,
 *            stored_ms, died_ms, bytes, sum, record; sum is the CRC-32 of the
 *            record, or NULL.
 *   buried   the tags of kept segments that were not delivered.
 *   sample   (lane, at_ms): what the counters were before a commit, once a
 *            minute, for a day, and the one before that.
 *   gap      what is known to be lost: src, from_offset, to_offset, why, path;
 *            or, with src NULL, n records and bytes that were dropped here,
 *            by which policy, from first_id to last_id.  Of so many that they
 *            would fill the disk, the oldest of one why and policy become one
 *            row; times says for how many each stands.
 *   seen     (lane, id): for ids given by --id.
 *
 *   views    queue: id (the tag), lane, timestamp, payload, retry_count,
 *            created_at, priority, one row a record; LANE_queue: the same
 *            without lane; dead_letters.
 *
 * Ids     The id of a record is that of its coordinates (PROTOCOL.md 2), else
 *         _rx.id, else ids "." tag in hex.
 * Shape   A stored record is one line of valid JSON, and its _rx, if it has
 *         one, is the first member.  Who adds segments sees to it.
 * Errors  Functions return 0 or a status that is advice: EX_DATAERR damaged,
 *         foreign or fenced wrongly, EX_IOERR, EX_TEMPFAIL busy, EX_NOPERM,
 *         EX_CONFIG a newer layout; STORE_FULL when disk or log has no room and
 *         trying again makes sense; STORE_NONE when there is no such thing;
 *         STORE_HELD when an emit that was stopped must be told first.
 *         store_why() tells it in words.  After EX_IOERR the store answers
 *         nothing else.
 * Owner   Spans handed out live until the next call.  One process, one thread,
 *         no fork.
 * Waits   For DB.lock, as wait_ms says; for a foreign writer, 3 s.
 * Source  sqlite.org: wal.html, fileformat2.html, c3ref; PROTOCOL.md 7, 11.
 */
#ifndef RX_STORE_H
#define RX_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sysexits.h>

#include "lib/buf.h"
#include "lib/digest.h"
#include "lib/mark.h"
#include "lib/span.h"

#define STORE_FULL (-1)
#define STORE_NONE (-2)
#define STORE_HELD (-3)
#define STORE_WHY 512
#define STORE_LANE_MAX 64 /* letters, digits, '_' '-' '.' */
#define STORE_NONCE_MAX 63 /* of a run; rx-tail's has DIGEST_NONCE */
#define STORE_OWNER_MAX (STORE_NONCE_MAX + 1 + DIGEST_NONCE)
#define STORE_BODY (64 * 1024) /* about, of a segment */
#define STORE_CLASSES 2
#define STORE_ID_MAX 256 /* of an id that came with the record */
#define STORE_TIME 19 /* "2026-01-05T10:00:00" */

struct store;

struct store_options {
	bool create; /* make what is not there */
	bool read_only; /* for stat: writes nothing, needs no lock */
	bool sync_normal; /* --sync normal */
	int64_t wait_ms; /* for DB.lock; -1: for ever, told once a minute */
	uint64_t max_wal; /* bytes; 0: 64 MiB */
};

/* 0, or a status with why set and *st NULL. */
int store_open(struct store **st, const char *path,
    const struct store_options *, char why[STORE_WHY]);
/* Copies the log into the file, as who writes does before it closes. */
int store_finish(struct store *);
void store_close(struct store *);
/* Reads that take longer than this moment of the wall clock fail. */
void store_until(struct store *, int64_t until_ns);
const char *store_why(const struct store *);
const char *store_uuid(const struct store *);
const char *store_versions(void); /* a line for --version */

/*
 * One write transaction, under the lock.  store_commit() makes it durable, and
 * checkpoints when the log has grown.  After any failure, roll back.
 */
int store_begin(struct store *);
int store_commit(struct store *);
void store_rollback(struct store *);

/*
 * Whether the disk has room for `bytes` more, their way through the log into
 * the file, and a reserve that stays for ack: without it a full disk could not
 * be emptied.
 */
bool store_room(struct store *, uint64_t bytes);
/* Empties the log as far as readers allow: what to try when all is full. */
int store_shrink(struct store *);

/* One consistent view over several calls.  Never wait inside. */
int store_read(struct store *);
void store_read_end(struct store *);

/* The descriptor that turns readable when DB.lock changes; -1: none. */
int store_watch(struct store *);
/* Whether somebody else has committed since the last call. */
bool store_moved(struct store *);

/* -- lanes ------------------------------------------------------------- */

enum store_kind { LANE_OPEN, LANE_MARKED, LANE_UNMARKED };

/*
 * What a lane has counted, ever.  Each is a column of that name.
 *
 *   stored = acked + dead + dropped + purged + lost + the records there
 *   dead + dropped = the dead letters that are there + dead_dropped +
 *                    dead_purged + restored
 *
 * What --full newest does not take counts as stored and dropped.
 */
#define STORE_COUNTER_LIST(X) \
	X(STORED, "stored") /* records */ \
	X(STORED_BYTES, "stored_bytes") /* of their segments */ \
	X(ACKED, "acked") /* settled by ok */ \
	X(DEAD, "dead") /* moved to the dead letters by reject or retries */ \
	X(DROPPED, "dropped") /* moved there by a --full policy: */ \
	X(DROPPED_OLDEST, "dropped_oldest") /* of those, by this one */ \
	X(DROPPED_NEWEST, "dropped_newest") \
	X(DROPPED_RANDOM, "dropped_random") \
	X(DROPPED_AGE, "dropped_age") /* of those, for their age */ \
	X(DROPPED_DISK, "dropped_disk") /* no room for letters either */ \
	X(PURGED, "purged") /* by rx-spool purge */ \
	X(LOST, "lost") /* by damage, as salvage found */ \
	X(DEAD_DROPPED, "dead_dropped") /* letters that had no room */ \
	X(DEAD_PURGED, "dead_purged") /* letters, by rx-spool dead */ \
	X(RESTORED, "restored") /* letters put back, stored again */ \
	X(REPLAYED, "replayed") /* at or below the guard, not stored again */ \
	X(OVERLAP, "overlap") /* data across the guard, stored */ \
	X(FORGED, "forged") /* control records of another run, stored */ \
	X(REFUSED, "refused") /* lines that are no records */ \
	X(RETRIED, "retried") /* outcomes retry */ \
	X(REPEATED, "repeated") /* outcomes for what was settled */ \
	X(MISMATCHED, "mismatched") /* tag, id or range do not agree */ \
	X(STALE, "stale") /* of an older epoch, where that matters */

#define STORE_COUNTER_ID(id, name) id,
enum store_counter { STORE_COUNTER_LIST(STORE_COUNTER_ID) STORE_COUNTERS };
extern const char *const store_counter_names[STORE_COUNTERS];

/* What push does without room; the order and names of store_policy_names. */
enum store_policy { FULL_BLOCK, FULL_OLDEST, FULL_NEWEST, FULL_RANDOM };
extern const char *const store_policy_names[]; /* ends with NULL */

struct store_lane {
	int64_t id;
	char name[STORE_LANE_MAX + 1];
	enum store_kind kind;
	uint64_t epoch, emit_epoch, marks, next_tag;
	char token[DIGEST_NONCE + 1];
	char nonce[STORE_OWNER_MAX + 1]; /* "": no run has begun yet */
	uint64_t bytes; /* of its segments */
	uint64_t max_records, max_bytes; /* push's, 0: none */
	uint64_t max_age_ms; /* push's, 0: none */
	uint64_t max_attempts; /* refusals until a record is dead, 0: never */
	enum store_policy policy;
	int64_t keep_ms; /* delivered segments stay for so long */
	uint64_t keep_bytes, kept_bytes; /* at most so much; so much is there */
	uint64_t dead_max_records, dead_max_bytes, dead_bytes;
	int64_t sampled_ms;
	uint64_t count[STORE_COUNTERS];
};

bool store_lane_valid(const char *name);
int store_lane_find(struct store *, const char *name, struct store_lane *);
int store_lane_make(struct store *, const char *name, struct store_lane *);
int store_lane_by_id(struct store *, int64_t id, struct store_lane *);
int store_lane_save(struct store *, const struct store_lane *);
uint64_t store_lane_pending(const struct store_lane *);
uint64_t store_lane_letters(const struct store_lane *); /* dead, there now */

/* P1: raises epoch, new token, no run yet. */
int store_lane_claim(struct store *, struct store_lane *);

/* -- sources ------------------------------------------------------------ */

struct store_source {
	char src[MARK_SRC + 1];
	uint64_t off, hwm;
	struct span entry, anchors; /* JSON */
	bool done;
	int64_t saved_ms; /* not set by who saves */
};

/*
 * Calls each for every source of the lane, the finished ones last, in either
 * case the newest first; each returns 0 to go on.
 */
int store_sources(struct store *, int64_t lane,
    int (*each)(void *, const struct store_source *), void *);
/* The same for one; STORE_NONE: the lane does not know it. */
int store_source_find(struct store *, int64_t lane, const char *src,
    int (*each)(void *, const struct store_source *), void *);
/* When the last of them was saved; 0: there are none. */
int store_sources_saved(struct store *, int64_t lane, int64_t *ms);
int store_source_save(
    struct store *, int64_t lane, const struct store_source *, int64_t now_ms);
/* Forgets the finished sources beyond the newest. */
#define STORE_SOURCES_KEPT 10000
int store_sources_prune(struct store *, int64_t lane);

int store_gap_add(
    struct store *, int64_t lane, const struct control *gap, int64_t now_ms);
/* After gaps were added: the oldest become one of their kind, when too many. */
int store_gap_trim(struct store *, int64_t lane);

/* -- segments ----------------------------------------------------------- */

struct store_segment {
	uint64_t seg, n;
	int64_t lane;
	int class;
	int64_t stored_ms;
	char first_time[STORE_TIME + 1], last_time[STORE_TIME + 1]; /* or "" */
	char ids[DIGEST_NONCE + 1]; /* or "" */
	struct span body;
};

/* Notes a record's timestamp, any text, in first_time and last_time. */
void store_segment_time(
    char first[STORE_TIME + 1], char last[STORE_TIME + 1], struct span time);
/* Gives it its tags; lane is changed, save it before the commit. */
int store_segment_add(
    struct store *, struct store_lane *, struct store_segment *);
/* The first with a tag above `after`, its body copied to `body`. */
int store_segment_next(struct store *, int64_t lane, int class, uint64_t after,
    struct store_segment *, struct buf *body);
/* The one that has this tag, without its body; then its body. */
int store_segment_of(struct store *, uint64_t tag, struct store_segment *);
int store_segment_body(struct store *, uint64_t seg, struct buf *body);

/* The lane's next above `after`, without its body. */
int store_segment_above(struct store *, int64_t lane, int class, uint64_t after,
    struct store_segment *);

/* Where its records start: n offsets, and the body's end after them. */
int store_segment_index(
    const struct store_segment *, struct span body, uint32_t *offsets);
static inline struct span
store_record(struct span body, const uint32_t *offsets, uint64_t i)
{
	/* Behind each record stands ",\n", behind the last "]". */
	return (struct span){ body.at + offsets[i],
		offsets[i + 1] - offsets[i] - 2 };
}
/* Its id, JSON string text: a loan of the record, or rendered into room. */
struct span store_record_id(struct span record, const struct store_segment *,
    uint64_t tag, char room[STORE_ID_MAX]);

#endif
