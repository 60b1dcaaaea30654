/* SPDX-License-Identifier: MIT */
/*
 * store_view -- segments as ack sees them: which of their records are settled,
 *               kept in memory for one transaction and written back once.
 *
 * Shape   A state byte for each record.  The bodies, needed to compare an id,
 *         outlive the transaction: a segment never changes, once it is
 *         committed.  Tags that were rolled back are given again, to others.
 * Limits  VIEWS segments; the one longest unused gives way.
 */
#ifndef RX_STORE_VIEW_H
#define RX_STORE_VIEW_H

#include "lib/store_db.h"

#define VIEWS 16

/* Bits of a state. */
#define VIEW_SETTLED 1
#define VIEW_RETRY 2 /* has a row in retry */
#define VIEW_WAITING 4 /* and was not emitted again yet */
#define VIEW_SENT 8 /* but was out when its emit ended: it may be on its way */

struct view {
	struct store_segment g;
	uint8_t *state;
	uint64_t *attempts; /* NULL until one record has a retry */
	uint64_t n_settled;
	bool live; /* state is that of this transaction */
	bool dirty; /* and differs from the tables */
	bool indexed;
	struct buf body;
	uint32_t *offsets;
	uint64_t used;
};

struct views {
	struct view view[VIEWS];
	uint64_t clock;
	/* Of a segment that is all settled: is it kept for the history?  Then
	 * that it was kept or deleted, and what it held. */
	int (*keeps)(void *, int64_t lane, bool *);
	int (*freed)(void *, int64_t lane, uint64_t bytes, bool kept);
	void *arg;
};

void views_init(struct views *, int (*keeps)(void *, int64_t, bool *),
    int (*freed)(void *, int64_t, uint64_t, bool), void *arg);

/* The view of the segment with this tag; STORE_NONE: there is none. */
int views_find(struct store *, struct views *, uint64_t tag, struct view **);
/* That of the lane's next segment above `after`. */
int views_next(struct store *, struct views *, int64_t lane, int class,
    uint64_t after, struct view **);
/* A record's bytes; EX_DATAERR when the body was tampered with. */
int view_record(
    struct store *, struct view *, uint64_t tag, struct span *record);
/* Marks one as settled: the caller saw that it was not. */
int view_settle(struct store *, struct view *, uint64_t tag);
/* Sets a retry row: one attempt more, not before then. */
int view_retry(struct store *, struct view *, uint64_t tag, uint64_t attempts,
    int64_t not_before_ms, struct span why);
/* Writes the dirty ones. */
int views_flush(struct store *, struct views *);
void views_forget(struct views *); /* the transaction is over */
/* The same of one that may have been rolled back, and gave tags from here on. */
void views_forget_from(struct views *, uint64_t tag);
void views_release(struct views *);

#endif
