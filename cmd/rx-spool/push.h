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

#include "cmd/rx-spool/spool.h"
#include "lib/lines.h"
#include "lib/record.h"

/* -- pending.c: records as the bodies of segments -------------------------- */

struct body {
	struct buf text; /* "[", records, ",\n" between; no "]" */
	uint64_t n;
	bool anonymous; /* a record in it brings no id */
	char first[STORE_TIME + 1], last[STORE_TIME + 1];
};

struct pending {
	struct body *bodies;
	size_t n_bodies, size;
	uint64_t records, bytes; /* all */
	uint64_t closed_records, closed_bytes; /* committed next */
	uint64_t closed_n; /* records of the last closed body */
	size_t closed_bodies, closed_len;
};

void pending_init(struct pending *);
void pending_release(struct pending *);
/* A record, its timestamp (any text), and whether it brings no id. */
int pending_add(
    struct pending *, struct span record, struct span time, bool anonymous);
void pending_close(struct pending *);
/*
 * Segment i of those that are closed, with its body whole; false at the end.
 * pending_settle() ends the loan: the closed records are gone when committed,
 * and as they were when not.
 */
bool pending_segment(struct pending *, size_t i, struct store_segment *);
void pending_settle(struct pending *, bool committed);

/* -- sources.c: where each source stands ----------------------------------- */

struct anchor {
	uint64_t o, len;
	char hash[DIGEST_HEX + 1];
};
#define ANCHORS 4

struct source {
	char src[MARK_SRC + 1];
	uint64_t off, hwm; /* as committed, or about to be */
	uint64_t guard; /* the larger of both, at begin */
	uint64_t resume; /* where this run began to read it */
	uint64_t marked; /* by the marks of this run; at first resume */
	uint64_t open_hwm; /* largest e behind the last mark */
	struct buf entry; /* the last ENTRY, as it came */
	struct anchor anchor[ANCHORS]; /* newest first */
	size_t n_anchors;
	bool done;
	bool in_open, dirty; /* touched since the last mark; since the commit */
};

struct sources {
	struct source *source;
	size_t n, size;
	uint32_t *slots; /* indexes + 1, by src; a power of two of them */
	size_t n_slots;
	size_t last; /* index of the one found last */
};

void sources_init(struct sources *);
void sources_release(struct sources *);
/* The one of that name, made when it is new; NULL: out of memory, too many. */
struct source *sources_get(struct sources *, const char src[MARK_SRC + 1]);
int sources_load(struct sources *, struct store *, int64_t lane);
void source_mark(struct source *, const struct entry *, struct span text);
void sources_close(struct sources *); /* open_hwm becomes hwm */
int sources_save(struct sources *, struct store *, int64_t lane, int64_t now);
void sources_saved(struct sources *); /* after the commit */

/* -- the verb ---------------------------------------------------------------- */

struct tally {
	uint64_t replayed, overlap, forged;
};

struct push {
	/* options */
	const char *path, *lane;
	bool unmarked;
	uint64_t batch, max_segment, max_records, max_bytes;
	int64_t linger_ms, mark_timeout_ms;

	struct store *store;
	struct lines in;
	struct record record;
	struct pending pending;
	struct sources sources;
	struct buf normal; /* a record put in order */
	struct buf name; /* of a member, unescaped */
	struct buf gaps; /* gap lines, open and closed */
	size_t gaps_closed; /* bytes of them */
	struct tally open, closed;
	char ids[DIGEST_NONCE + 1]; /* for records that bring no id */
	struct spool_wait wait;

	bool begun, lane_new;
	char nonce[64], token[DIGEST_NONCE + 1];
	uint64_t epoch, next_q;
	uint64_t bare; /* open records without coordinates */
	uint64_t marks; /* closed, not committed */
	uint64_t refused, stored, commits;
	uint64_t refused_told; /* of those, in the tables already */
	int64_t open_ms; /* time spent awake since the last mark */
	int64_t closed_at_ms; /* when the oldest closed mark came */
	int64_t committed_ms; /* the last commit */
};

/* stream.c: one line.  Dies when the stream is broken (65) or fenced (75). */
void push_line(struct push *, struct span line, bool torn);
void push_close(struct push *);
/* Dies unless the lane is still this run's. */
void push_check_fence(struct push *, const struct store_lane *);

/* commit.c: what is closed, or early also what is open (P4); waits for room. */
void push_commit(struct push *);
void push_commit_early(struct push *);

#endif
