/* SPDX-License-Identifier: MIT */
/*
 * store_reach -- DB.emit-LANE: how far the emit of a lane has come.
 *
 * Shape   Per class the highest tag that was emitted, in the present epoch, for
 *         ack, and in any, for a --full policy: what a former emit wrote may
 *         still be on its way.  Then whose database it is: a file that outlived
 *         its own says nothing.  64-bit, of the machine's byte order.
 * Order   Emit writes it before its output.  From the look at what is to be
 *         skipped until then it holds the file, so that nobody drops it
 *         meanwhile; who drops holds it from its look until its commit.  The
 *         lock is of the file's own description, beside the flock that says
 *         whose lane it is.
 * Limits  Live state, not synced: after a power failure nothing is on its way.
 * Errors  As lib/store.h; STORE_HELD when the other side holds it for long.
 */
#ifndef RX_STORE_REACH_H
#define RX_STORE_REACH_H

#include "lib/store_db.h"

struct store_reach {
	uint64_t now[STORE_CLASSES]; /* in the present epoch */
	uint64_t ever[STORE_CLASSES];
	char uuid[DIGEST_UUID + 1];
};

/* The file of the lane, opened as wanted; -1 with errno. */
int store_reach_open(struct store *, const char *lane, int flags);

/* What it says; all 0 when it is of another database, or was never written. */
void store_reach_read(struct store *, int fd, struct store_reach *);
int store_reach_write(struct store *, int fd, const struct store_reach *);

/* Of emit: waits for who drops, who is about to commit. */
int store_reach_hold(struct store *, int fd);
void store_reach_let_go(int fd);
/* Of who drops: waits for a moment only, for it holds all up. */
int store_reach_try(struct store *, int fd);

#endif
