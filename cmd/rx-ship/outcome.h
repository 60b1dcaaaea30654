/* SPDX-License-Identifier: MIT */
/*
 * outcome -- what rx-ship tells the spool: one outcome for each message.
 *
 * Shape   outcome_add() renders an outcome, or joins it to the one before: a
 *         range speaks only for tags that follow one another without a hole,
 *         that were taken in that order, are all ok and none of which was
 *         emitted before in this epoch (at 0): the spool then need not know
 *         what else it has emitted.
 * Waits   Never.  outcome_write() writes what the reader takes at once and is
 *         called when the descriptor is writable; a slow reader must not keep
 *         a connection from its heartbeats.
 * Errors  outcome_write: -1 with errno; EPIPE when the reader has left.
 */
#ifndef RX_SHIP_OUTCOME_H
#define RX_SHIP_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/mark.h"
#include "lib/span.h"

/* What the spool knows a message by. */
struct outcome_id {
	bool wanted; /* false: it came from no spool */
	struct span id; /* JSON string text */
	uint64_t tag, ep, at;
};

struct outcome {
	uintmax_t told; /* messages, not lines */
	/* private */
	int fd;
	struct buf out, why;
	size_t done;
	bool open; /* a range that may grow */
	struct control range;
	uint64_t range_order;
	struct buf range_id;
};

void outcome_init(struct outcome *, int fd);
void outcome_release(struct outcome *);

/* order: the place of the message among those that were taken. */
void outcome_add(struct outcome *, const struct outcome_id *, uint64_t order,
    enum outcome_state, const char *why);

/* Bytes that wait for the reader; closes the range. */
size_t outcome_pending(struct outcome *);
/* The same as lines, for who takes them from there instead of outcome_write();
 * NULL when memory ran out. */
struct buf *outcome_text(struct outcome *);
int outcome_write(struct outcome *);

#endif
