/* SPDX-License-Identifier: MIT */
/*
 * store_flow -- how records leave a lane: emitted, settled by what became of
 *               them, or dropped for want of room; and ids that were seen.
 *
 * Errors  As lib/store.h.
 * Source  PROTOCOL.md 7 (P8), 11.
 */
#ifndef RX_STORE_FLOW_H
#define RX_STORE_FLOW_H

#include "lib/store.h"

/* -- emit ---------------------------------------------------------------- */

struct store_flight; /* one lane being emitted */

/* EX_TEMPFAIL when another emit has the lane. */
int store_flight_open(struct store *, const char *lane, struct store_flight **);
void store_flight_close(struct store_flight *);
uint64_t store_flight_epoch(const struct store_flight *);
int64_t store_flight_lane(const struct store_flight *);
/*
 * Before output: all up to this tag may be emitted.  From the look at what is
 * to be skipped until then one holds the flight, so that nobody drops it.
 */
int store_flight_hold(struct store_flight *);
void store_flight_let_go(struct store_flight *);
int store_flight_reach(struct store_flight *, int class, uint64_t tag);
/* How many up to `last`, all emitted, are not settled and not to be retried. */
int store_flight_count(
    struct store_flight *, int class, uint64_t last, uint64_t *count);
/* Marks what is not to be emitted in its turn: settled, or a retry. */
int store_flight_skip(
    struct store_flight *, const struct store_segment *, uint8_t *skip);
/* Takes up to max retries that are due; when the next one is: INT64_MAX. */
struct store_retry {
	uint64_t tag, attempts;
};
int store_flight_retries(struct store_flight *, int64_t now_ms,
    struct store_retry *, size_t max, size_t *n, int64_t *next_ms);

/* -- ack ----------------------------------------------------------------- */

struct store_settle; /* outcomes being settled */

/* max_attempts: 0 never makes a letter, UINT64_MAX as the lane says. */
struct store_settle *store_settle_new(
    struct store *, uint64_t max_attempts, uint64_t seed);
void store_settle_free(struct store_settle *);
/* One outcome, inside store_begin(). */
int store_settle(struct store_settle *, const struct control *, int64_t now_ms);
/* Writes what the outcomes came to; then store_commit(). */
int store_settle_flush(struct store_settle *);
/* After a rollback: forget, the outcomes are to be given again. */
void store_settle_forget(struct store_settle *);

/* -- what does not fit ------------------------------------------------------ */

/*
 * One transaction's drops from a lane, after store_begin() and before its lane
 * is saved; of several lanes one after the other, STORE_HOLDS at most.  What emit may have written is never dropped; what is urgent goes
 * last.  All that is dropped becomes a dead letter, and part of one gap.
 */
struct store_drop;
struct store_drop *store_drop_new(struct store *);
void store_drop_free(struct store_drop *);
int store_drop_begin(struct store_drop *, struct store_lane *, int64_t now_ms);
/* Segments stored before then. */
int store_drop_age(struct store_drop *, int64_t before_ms);
/*
 * By this policy, until the lane holds no more than that, or has no more to
 * drop.  A bound of 0 is none.
 */
int store_drop_bounds(struct store_drop *, enum store_policy,
    uint64_t max_records, uint64_t max_bytes);
/* As the oldest, so that `bytes' are free; not as letters: the disk is full. */
int store_drop_room(struct store_drop *, uint64_t bytes);
/* So many that are not even stored: the disk is full. */
int store_drop_unstored(struct store_drop *, uint64_t n, uint64_t bytes);
/* A record of this transaction that was stored before, by its id. */
int store_drop_repeat(struct store_drop *, uint64_t tag);
/*
 * Whether there were repeats, and drops after them: a repeat of what was dropped
 * is not stored either.  Whose id is not remembered any more, is so.
 */
bool store_drop_parts(const struct store_drop *);
uint64_t store_drop_repeats(const struct store_drop *); /* so many were there */
int store_drop_too(struct store_drop *, uint64_t tag);
/* Writes what it came to; how many were dropped, repeats aside. */
int store_drop_end(struct store_drop *, uint64_t *n);
/* After that: whether a record of this transaction was dropped. */
bool store_drop_has(const struct store_drop *, uint64_t tag);

/* Notes an id; *is_new is false when the lane had it within the hour. */
int store_seen(
    struct store *, int64_t lane, struct span id, int64_t now_ms, bool *is_new);
int store_seen_has(struct store *, int64_t lane, struct span id, bool *has);
/* Of a record that was dropped as it came: what is sent again is new. */
int store_seen_forget(struct store *, int64_t lane, struct span id);
/* Forgets the old ones; early: so many before their hour, for their number. */
int store_seen_trim(
    struct store *, int64_t lane, int64_t now_ms, uint64_t *early);

#endif
