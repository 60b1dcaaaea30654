/* SPDX-License-Identifier: MIT */
/*
 * store_tell -- what a spool tells, and what is thrown away on purpose: dead
 *               letters, records that wait or are kept, figures.
 *
 * Errors  As lib/store.h.
 */
#ifndef RX_STORE_TELL_H
#define RX_STORE_TELL_H

#include "lib/store.h"

/* -- dead letters --------------------------------------------------------- */

#define STORE_DEAD_RECORDS 10000 /* bounds of a lane, unless set */
#define STORE_DEAD_BYTES 16777216

struct store_letter {
	uint64_t letter; /* its number: given by store_dead_add */
	uint64_t tag, attempts;
	int64_t lane;
	int class;
	int64_t stored_ms, died_ms;
	struct span id, why; /* text, not escaped */
	struct span record;
};

/*
 * Adds a letter, counts it as DEAD or DROPPED, and makes room for it: the
 * lane's oldest letters go, counted as DEAD_DROPPED; a letter larger than all
 * the room goes itself.  lane is changed, save it before the commit.
 */
int store_dead_add(struct store *, struct store_lane *,
    const struct store_letter *, enum store_counter as);

/*
 * The next letter above `after`, of one lane or (0) of all; its texts are
 * copied to `text`, which they are loans of.
 */
int store_dead_next(struct store *, int64_t lane, uint64_t after,
    struct store_letter *, struct buf *text);
/* Deletes it, counted as DEAD_PURGED or RESTORED in lane: save that. */
int store_dead_take(struct store *, struct store_lane *,
    const struct store_letter *, enum store_counter as);
/* The highest number of a letter there is; 0: there is none. */
int store_dead_last(struct store *, uint64_t *letter);
/* Forgets what is beyond the lane's bounds, after they were changed. */
int store_dead_trim(struct store *, struct store_lane *);

/* -- query ---------------------------------------------------------------- */

/*
 * The segments of a lane, oldest first, that may hold records of a time from
 * since_ms to until_ms: by the records' timestamps, or by stored_ms for those
 * that have none.  history: what was settled and is kept; else what waits.
 * Calls each, which returns 0 to go on.
 */
struct store_range {
	int64_t lane;
	bool history;
	int64_t since_ms, until_ms;
};
int store_range_segments(struct store *, const struct store_range *,
    int (*each)(void *, uint64_t seg), void *);

enum store_state { STATE_PENDING, STATE_DELIVERED, STATE_DEAD, STATE_GONE };
/*
 * That segment with its body, and what became of each record: states and
 * attempts have room for g->n, grown as needed, the caller frees them.
 * STORE_NONE: it is not there, or no longer of that kind.
 */
struct store_look {
	struct store_segment g;
	struct buf body;
	uint32_t *offsets;
	uint8_t *states; /* enum store_state */
	uint64_t *attempts;
	uint64_t room; /* zero-initialise this struct */
};
int store_look(struct store *, uint64_t seg, bool history, struct store_look *);
void store_look_release(struct store_look *);

/* Notes its counters, once a minute; lane is changed, save it. */
int store_lane_sample(struct store *, struct store_lane *, int64_t now_ms);

/* Settles what waits in the lane, counted as PURGED, in flight or not. */
int store_lane_purge(struct store *, struct store_lane *, int64_t now_ms);
/* Forgets delivered segments: too old, or too many for keep_bytes. */
int store_history_trim(struct store *, struct store_lane *, int64_t now_ms);
/* Those beyond so many bytes, whatever the lane has been told to keep. */
int store_history_bound(struct store *, struct store_lane *, uint64_t max);

/* -- stat ----------------------------------------------------------------- */

struct store_depth {
	uint64_t records; /* counted, not derived */
	uint64_t segments;
	uint64_t retrying;
	uint64_t dead, gaps;
	int64_t oldest_ms; /* stored at; 0: nothing is there */
};
struct store_size {
	uint64_t db, wal, free; /* bytes */
	uint64_t unknown;
	const char *created;
};

/*
 * Of records stored and settled by ok, and of bytes stored, a second: in the
 * last minute and the last day, or what is known of them.
 */
struct store_rates {
	double in, out; /* the last minute */
	int64_t minute_ms; /* of which so much is known */
	double day_in, day_bytes; /* the last day */
	int64_t day_ms; /* of which so much is known */
};
int store_rates(struct store *, const struct store_lane *, int64_t now_ms,
    struct store_rates *);

int store_lanes(
    struct store *, int (*each)(void *, const struct store_lane *), void *);
int store_depth(struct store *, int64_t lane, struct store_depth *);
int store_size(struct store *, struct store_size *);

#endif
