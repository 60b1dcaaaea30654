/* SPDX-License-Identifier: MIT */
/*
 * follow -- the bytes of one source, from where we are, as records.
 *
 * Shape   One turn: at most FOLLOW_TURN bytes, so that many files share the
 *         output.  Complete lines only, unless final: then what is left at the
 *         end is a line too (nl false).  The source must have a src.
 * Check   The anchor is read together with the data that follows it, and once
 *         more behind them: data between two equal anchors belong to the life
 *         of the file that the offset belongs to.
 * Order   No line of a source is taken before those that an older one of its
 *         chain held when that line was seen.
 * Memory  One window for all sources; a half line stays in its file and is
 *         read again.
 */
#ifndef RX_TAIL_FOLLOW_H
#define RX_TAIL_FOLLOW_H

#include <stdbool.h>

#include "cmd/rx-tail/tail.h"

#define FOLLOW_READ (256 * 1024)
#define FOLLOW_TURN (4 * FOLLOW_READ)

enum followed {
	FOLLOW_IDLE, /* at its end */
	FOLLOW_MORE, /* there is more to read */
	FOLLOW_CHANGED, /* it shrank or was rewritten: nothing was taken */
	FOLLOW_GONE /* it cannot be opened or read: errno */
};

enum followed follow(struct tail *, struct source *, bool final);

/* By a look at its file: nothing was written since its end was seen. */
bool follow_is_read(const struct source *);

#endif
