/* SPDX-License-Identifier: MIT */
/*
 * context -- the lines around those that are kept: -A, -B and -C.
 *
 * Shape   As grep: up to `before` lines in front of a line that is kept and up
 *         to `after` behind it, each once, in order; lines that are not
 *         neighbours of what was written before begin a new group.
 * Use     context_block() with each block, then context_kept() for a line that
 *         is about to be written, and context_block_end().  Lines between are
 *         looked at only where they are written.
 * Marks   context_cut() at a control record: no line in front of it can be
 *         written behind it, what follows a kept line still can.
 * Cost    Nothing for blocks without a kept line but a look at their last
 *         `before` lines, which are copied.
 * Source  POSIX.1-2024 grep(1), GNU grep for the groups.
 */
#ifndef RX_CONTEXT_H
#define RX_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/span.h"

struct job;

struct context {
	bool on;
	uintmax_t before, after; /* lines asked for */
	/* private */
	struct span rest; /* of the block, behind what is settled */
	struct buf tail; /* the last lines of blocks before, each with '\n' */
	uintmax_t due; /* lines that still follow the one kept last */
	bool any; /* something was written, of whatever input */
	bool apart; /* and rest does not begin right behind it */
};

void context_input(struct context *); /* a new input */
void context_block(struct context *, struct span block);
void context_kept(struct job *, struct span line); /* of the block */
void context_cut(struct job *, struct span line);
void context_block_end(struct job *);
bool context_due(const struct context *); /* lines are still to follow */

#endif
