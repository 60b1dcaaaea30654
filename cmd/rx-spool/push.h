/* SPDX-License-Identifier: MIT */
/*
 * push -- what the files of the verb share: the stream as far as it was read,
 *         what of it is closed, and where its sources stand.
 *
 * Words of PROTOCOL.md 7: data behind the last mark is open; a mark closes it;
 * only what is closed is committed.  On an unmarked lane each record closes
 * itself.
 */
#ifndef RX_PUSH_H
#define RX_PUSH_H

#include "cmd/rx-spool/bounds.h"
#include "cmd/rx-spool/spool.h"
#include "cmd/rx-spool/turn.h"
#include "lib/lines.h"
#include "lib/outbuf.h"
#include "lib/record.h"

/* -- pending.c: records as the bodies of segments -------------------------- */

struct body {
	uint64_t seg; /* its first tag, once it is added */
	struct buf text; /* "[", records, ",\n" between; no "]" */
	uint64_t n;
	bool anonymous; /* a record in it brings no id */
	char first[STORE_TIME + 1], last[STORE_TIME + 1];
};

struct bodies {
	struct body *body;
	size_t n, size;
	size_t closed; /* of the bodies: committed next, */
	size_t closed_len; /* and of the last of them so much */
	uint64_t closed_n;
};

struct pending {
	struct bodies class[STORE_CLASSES];
	size_t body_max; /* bytes, about */
	uint64_t records, bytes; /* all */
	uint64_t closed_records, closed_bytes; /* committed next */
};

void pending_init(struct pending *);
void pending_release(struct pending *);
/* A record, its timestamp (any text), and whether it brings no id. */
int pending_add(struct pending *, int class, struct span record,
    struct span time, bool anonymous);
void pending_close(struct pending *);
/*
 * Segment i of a class of those that are closed, with its body whole; false at
 * the end.  pending_settle() ends the loan: the closed records are gone when
 * committed, and as they were when not.
 */
bool pending_segment(
    struct pending *, int class, size_t i, struct store_segment *);
void pending_settle(struct pending *, bool committed);

/*
 * -- sources.c: where each source stands -----------------------------------
 *
 * The table holds all of them, memory those that this run has to do with: one
 * that is finished is forgotten soon after its last mark is committed.  When it
 * is read on after all, the table tells what this run knew of it.
 */

struct source {
	char src[MARK_SRC + 1];
	uint64_t off, hwm; /* as committed, or about to be */
	uint64_t guard; /* the larger of both, at begin */
	uint64_t resume; /* where this run began to read it */
	uint64_t marked; /* by the marks of this run; at first resume */
	uint64_t open_hwm; /* largest e behind the last mark */
	struct buf entry; /* the last ENTRY, as it came */
	struct pair older[PAIRS_MAX]; /* where it stood, newest first */
	size_t n_older;
	bool done;
	bool in_open, dirty; /* touched since the last mark; since the commit */
	bool saved; /* by this run */
	int64_t saved_ms; /* as the table had it */
};

/* Sources by index, each once: what a mark or a commit has to go through. */
struct touched {
	uint32_t *at;
	size_t n, size;
};

struct sources {
	struct source *source;
	size_t n, size;
	uint32_t *slots; /* indexes + 1, by src; a power of two of them */
	size_t n_slots;
	size_t last; /* index of the one found last */
	struct touched open, dirty;
	size_t over; /* finished and saved, to be forgotten some time */
	size_t over_stored; /* of the table, since that was pruned */
	int64_t lane, begun_ms; /* this run saves at begun_ms or later */
};

void sources_init(struct sources *);
void sources_release(struct sources *);
/* A run begins on the lane, inside its transaction: a status of the store. */
int sources_begin(struct sources *, struct store *, int64_t lane);
/*
 * The one of that name, made when it is new, NULL without memory; or a status.
 * since: the table tells of it what was saved since this run began, by it if
 * the lane is still its own.
 */
int sources_get(struct sources *, struct store *, const char src[MARK_SRC + 1],
    struct source **, bool *since);
/* Data up to e, behind the last mark; -1: out of memory. */
int sources_data(struct sources *, struct source *, uint64_t e);
int sources_mark(
    struct sources *, struct source *, const struct entry *, struct span text);
int sources_close(struct sources *); /* what data said becomes hwm */
int sources_save(struct sources *, struct store *, int64_t now_ms);
void sources_saved(struct sources *); /* after the commit */

/* -- the verb ---------------------------------------------------------------- */

struct tally {
	uint64_t replayed, overlap, forged;
};

#define PUSH_LANES 16

/* A lane that is pushed to: the first is the one, others get the same (--also). */
struct target {
	const char *lane;
	struct bounds bounds;
	uint64_t ids_seen; /* since the old ones were forgotten */
	bool ids_trimmed, ids_told; /* ever; that some were so before time */
};

struct push {
	/* options */
	const char *path, *lane;
	struct target target[PUSH_LANES];
	size_t n_targets;
	bool either; /* the first line tells whether it is marked */
	bool unmarked, sync_normal, check;
	uint64_t batch, max_segment, keep_bytes;
	struct bounds asked; /* as options have it; target's as it is */
	const char *id_member; /* NULL: none */
	const char *stats; /* NULL: no file of counters */
	bool outcomes;
	int64_t keep_ms, linger_ms, mark_timeout_ms;

	struct store *store;
	struct lines in;
	struct record record;
	struct pending pending;
	struct sources sources;
	struct buf normal; /* a record put in order */
	struct buf id; /* the _rx of one whose id is in a member */
	struct store_drop *drop;
	uint64_t dropped, untold; /* by the commit; not told of yet */
	int64_t told_ms, swept_ms;
	bool unstored; /* the commit stored nothing: no disk */
	struct outbuf out; /* answers */
	uint32_t *offsets; /* of a segment's records */
	uint64_t offsets_size;
	struct buf gaps; /* gap lines, open and closed */
	size_t gaps_closed; /* bytes of them */
	struct tally open, closed;
	char ids[DIGEST_NONCE + 1]; /* for records that bring no id */

	/* no room: for what, and when to look again without news */
	enum push_room { ROOM, LANE_IS_FULL, DISK_IS_FULL } room;
	int64_t again_ms;
	struct spool_wait wait;

	bool over; /* of the input */
	bool relays; /* what another emit delivered: it gets the outcomes */
	bool begun, lane_new;
	char nonce[STORE_NONCE_MAX + 1], token[DIGEST_NONCE + 1];
	char self[DIGEST_NONCE + 1]; /* tells pushes of one run apart */
	uint64_t epoch, next_q;
	uint64_t unmarked_lines; /* of data since the last mark, replays too */
	uint64_t bare; /* open records without coordinates */
	char last_src[MARK_SRC + 1]; /* of the record that came last, */
	uint64_t last_e; /* as long as it has coordinates */
	uint64_t marks; /* closed, not committed */
	uint64_t refused, stored, commits;
	uint64_t taken, replayed; /* of data: all; known by position */
	uint64_t repeated; /* of those stored: known by their ids */
	uint64_t too_long; /* of those refused */
	uint64_t overlong; /* too, for a line at all */
	uint64_t refused_told; /* of those, in the tables already */
	int64_t open_ms; /* time spent awake since the last mark, */
	int64_t awake_ms; /* as of then */
	int64_t closed_at_ms; /* when the oldest closed mark came */
	int64_t committed_ms; /* the last commit */
};

/* push.c: the options, for its table, and one of them; the bounds of all lanes,
 * when their names are known; then the work. */
#define PUSH_OPTIONS \
	{ OPT_BATCH, "batch", "SIZE", "commit when so much has come [1M]" }, \
	    BOUNDS_OPTIONS, CHECK_OPTION, \
	    { OPT_ID, "id", "MEMBER", \
		    "the id of a record; one seen before is not stored" }, \
	    { OPT_KEEP, "keep", "DURATION", \
		    "delivered records stay for so long [0]" }, \
	    { OPT_KEEP_BYTES, "keep-bytes", "SIZE", \
		    "at most so much of them [100M]" }, \
	    { OPT_LINGER, "linger", "DURATION", \
		    "between two commits [20ms]" }, \
	    { OPT_MARK_TIMEOUT, "mark-timeout", "DURATION", \
		    "data without a mark for so long is an error [30s]" }, \
	    STATS_OPTION, \
	    { OPT_MAX_SEGMENT, "max-segment", "SIZE", \
		    "commit early beyond this without a mark [16M]" }, \
	{ \
		OPT_SYNC, "sync", "MODE", "full or normal [full]" \
	}
void push_defaults(struct push *);
void push_option(struct push *, const struct cli *, int option);
void push_bounds(struct push *, const struct cli *);
void push_start(struct push *, struct store *, int stop_fd);
void push_status(const struct push *); /* what USR1 asks for */
void push_reload(void *); /* what HUP asks for, of a struct push */
int push_finish(struct push *); /* the exit status */

/*
 * feed.c: takes what has come, commits what is due.  False when the input has
 * ended and all that is closed is committed.
 */
bool push_turn(struct push *, struct turn *);

/* Whether there may be records that have become too old (--max-age). */
bool push_sweeps(const struct push *, int64_t now_ms);
/* The shortest --max-age of the lanes, 0: none. */
int64_t push_max_age(const struct push *);

/* answer.c: outcomes for a producer that waits for them. */
void push_answer(struct push *); /* for what was just committed */
void push_answer_refused(struct push *, const char *why);
void push_answer_too_long(struct push *, struct span record);
void push_answer_overlong(struct push *); /* up to the line at hand */
uint32_t *push_index(struct push *, const struct store_segment *);

/* repeat.c: of the records being committed, those stored before, by their ids. */
int push_find_repeats(
    struct push *, struct target *, int64_t lane, int64_t now_ms);
/* After drops: repeats of what was dropped are not there either. */
int push_drop_repeats(struct push *, int64_t lane);

/* stream.c: one line.  Dies when the stream is broken (65) or fenced (75). */
#define PUSH_BROKEN "the stream on lane %s of %s is broken: "
void push_line(struct push *, struct span line, bool torn);
void push_close(struct push *);
void push_memory(bool good); /* or die */
struct source *push_source(struct push *, const char *src);

/* data.c: a record; a control record that is not this run's. */
void push_data(struct push *, struct span line);
void push_forged(struct push *, struct span line);

/* Dies unless the lane is still this run's. */
void push_check_fence(struct push *, const struct store_lane *);

/*
 * origin.c: what the _rx of the record that was parsed says of it; and the
 * record as it is stored: _rx first, where a filter that sorts members may not
 * have left it, or renamed when it is not one of ours (R6).
 */
enum origin { COORDINATES, GIVEN_ID, NO_ID };
enum origin push_origin(
    struct push *, struct span line, struct coord *, struct span *record);

/*
 * add.c: what is closed, into a lane, which is not saved yet; how much of the
 * lane was dropped.  A status of the store, or PUSH_LANE_FULL.
 */
#define PUSH_LANE_FULL (-100)
int push_add(struct push *, struct target *, struct store_lane *,
    bool disk_full, int64_t now_ms, uint64_t *dropped);

/*
 * commit.c: what is closed, or early also what is open (P4), which must not
 * part the records that one line became.  Sets room: when there is none,
 * nothing was committed and it is to be tried again.
 */
void push_commit(struct push *);
void push_commit_early(struct push *);

#endif
