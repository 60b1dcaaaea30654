/* SPDX-License-Identifier: MIT */
/*
 * fragment -- where an over-long line is cut (PROTOCOL.md T5).
 *
 * Shape   A fragment takes whole blocks of FRAGMENT_BLOCK bytes, each ending
 *         where no UTF-8 sequence is split, as long as its escaped text stays
 *         within FRAGMENT_MAX.  So the places depend on the bytes of the line
 *         alone, not on how it was written or read, and a start in mid-line
 *         cuts as the run before did.
 * Known   Of a line that is not complete the next cut is known once the block
 *         after it is: fragment_cut() says 0 until then.
 */
#ifndef RX_TAIL_FRAGMENT_H
#define RX_TAIL_FRAGMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/span.h"

#define FRAGMENT_MAX (512 * 1024)
#define FRAGMENT_BLOCK (16 * 1024)

/* Lines of this length are never cut, whatever they hold. */
#define FRAGMENT_SURE (FRAGMENT_MAX / 6)

/* So many bytes always decide the next cut. */
#define FRAGMENT_NEED (FRAGMENT_MAX + FRAGMENT_BLOCK + 4)

/*
 * The length of the first fragment of line, from its start or from a cut.
 * complete: line is all there is up to its LF, or to its end for ever; then
 * the answer is never 0 for a line that holds a byte.
 */
size_t fragment_cut(struct span line, bool complete);

/* What it escapes to, at most, and not much less. */
size_t fragment_cost(struct span);

#endif
