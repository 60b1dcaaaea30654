/* SPDX-License-Identifier: MIT */
/*
 * hold -- from where a source must be read again as long as some of what was
 *         read of it is in a record that is not complete.
 *
 * Shape   A mark tells the hold of a source instead of its place.  What was
 *         written from beyond it comes again after a crash, with the same
 *         coordinates, and the spool knows it by them.
 * Rules   A hold begins at the line that was kept back first.  It moves on when
 *         what is still open begins later, never back, and it may be inside a
 *         record in fragments only while nothing else is open, because fr
 *         cannot say more.  While a record goes on from the file before, the
 *         hold of a file stays where that began.
 */
#ifndef RX_TAIL_HOLD_H
#define RX_TAIL_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/rx-tail/ident.h"

struct log;
struct source;
struct tail;

/* A place in a file that may have to be read again. */
struct held_at {
	uint64_t o, fr;
	struct anchor anchor;
};

struct hold {
	bool on;
	struct held_at at;
	uint64_t told; /* the largest e of its records */
};

void hold_begin(struct source *, const struct held_at *); /* or move it on */

/* Of all sources of a log but one, which may be NULL. */
void hold_release(struct tail *, struct log *, const struct source *but);

#endif
