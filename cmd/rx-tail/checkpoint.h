/* SPDX-License-Identifier: MIT */
/*
 * checkpoint -- where we were, in a file: --checkpoint, for pipes without a
 *               spool.
 *
 * Shape   One JSON object a line.  The first tells the version, the node and
 *         when it was written; each other one a source, for people first:
 *             {"path":"/var/log/a.log","offset":512,"size":577,
 *              "seen":"2026-01-05T10:00:00Z","entry":{ENTRY}}
 *         The last one, {"end":2}, tells how many lines are before it.
 *         ENTRY is that of PROTOCOL.md 2, and all that is read back but seen:
 *         the positions are matched with files as those of a claim are.
 * Promise At least once: a position is written after its lines were handed to
 *         the kernel, CHECKPOINT_MS later at most while all goes well.  Killed
 *         in between, those lines come again.  That whoever reads the pipe did
 *         something with them is what marks and a spool are for; the two do not
 *         go together.
 * Safe    The file is replaced whole, fsynced, under a lock (FILE.lock): two
 *         runs never keep one checkpoint.  Writing takes at most a twentieth of
 *         the time, whatever the number of files.
 * Expiry  A source whose file is gone stays CHECKPOINT_KEEP_NS after it was
 *         seen last, so that a file that comes back is not read again.
 * Errors  At the start: EX_DATAERR when it is damaged (it is left as it is),
 *         EX_TEMPFAIL when another run holds it, EX_IOERR.  Later a warning.
 */
#ifndef RX_TAIL_CHECKPOINT_H
#define RX_TAIL_CHECKPOINT_H

#include <stdint.h>

#include "cmd/rx-tail/claims.h"
#include "cmd/rx-tail/tail.h"
#include "lib/num.h"

#define CHECKPOINT_MS 1000
#define CHECKPOINT_REST_MS 60000 /* though nothing was read */
#define CHECKPOINT_KEEP_NS (7 * 24 * 3600 * NUM_S)

/* Take the lock, and what the file holds as positions; none: a first start. */
void checkpoint_open(const char *path, struct claims *);

/* Could it be gone on from?  Without the lock: a run may hold it. */
void checkpoint_check(const char *path);

/* Everything that was read is written out: is it time?  When next, as
 * stop_now_ms(); INT64_MAX without a checkpoint. */
int64_t checkpoint_turn(struct tail *);

/* Now, whatever the time: 0, or -1 and it was told why. */
int checkpoint_write(struct tail *);

#endif
