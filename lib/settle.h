/* SPDX-License-Identifier: MIT */
/*
 * settle -- outcomes into a spool, a group to a transaction (PROTOCOL.md 11).
 *           What `rx-spool ack' and `rx-ship --ack' do with them.
 *
 * Shape   The caller gathers lines, each an outcome that control_parse() took,
 *         and calls settle_commit() when settle_due_ms() has come or
 *         SETTLE_GROUP of them are there.  Their text is kept until the
 *         commit, so that a full disk is met by trying again.
 * Owner   The store is the caller's.
 * Errors  settle_init: -1 when memory runs out.
 *         settle_commit: 0, or as lib/store.h says, and nothing has happened to
 *         what is left in lines.  After STORE_FULL and EX_TEMPFAIL trying again
 *         makes sense.
 */
#ifndef RX_SETTLE_H
#define RX_SETTLE_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/store_flow.h"

#define SETTLE_GROUP 2048 /* outcomes in one transaction, at most */
#define SETTLE_LINGER_MS 20 /* between two commits */
/* The same while outcomes of fewer records wait and more of them come: emit hardly
 * misses the room, and each commit makes it count again and push read its pages
 * again.  When none came for a while, emit may be waiting for just that room. */
#define SETTLE_FEW 256
#define SETTLE_LINGER_FEW_MS 100
#define SETTLE_IDLE_MS 30
#define SETTLE_ATTEMPTS UINT64_MAX /* as many as each lane says: push's word */

struct settle {
	uint64_t outcomes, commits; /* ever */
	/* private */
	struct store *store;
	struct store_settle *tables;
	int64_t committed_ms;
};

/* max_attempts: refusals until a record is a dead letter, 0: never. */
int settle_init(struct settle *, struct store *, uint64_t max_attempts);
void settle_release(struct settle *);

/* When the next commit should be, on the clock of stop_now_ms(), with outcomes of
 * so many records, the last of which came at last_ms. */
int64_t settle_due_ms(const struct settle *, uint64_t records, int64_t last_ms);
/* Settles them in their order; what is settled leaves the front of lines. */
int settle_commit(struct settle *, struct buf *lines);

#endif
