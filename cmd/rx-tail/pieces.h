/* SPDX-License-Identifier: MIT */
/*
 * pieces -- which streams of a container have a record open, line by line: for
 *           who must not begin in the middle of one.
 *
 * Shape   pieces_take() for each line in order; a record whose next piece was
 *         written JOIN_APART_NS later is over (join.h).
 */
#ifndef RX_TAIL_PIECES_H
#define RX_TAIL_PIECES_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/rx-tail/container.h"

struct pieces {
	bool open[STREAMS];
	int64_t since_ns[STREAMS];
};

/* True when the line goes on with a record that was open. */
bool pieces_take(struct pieces *, const struct decoded *);

bool pieces_whole(const struct pieces *); /* no record is open */

#endif
