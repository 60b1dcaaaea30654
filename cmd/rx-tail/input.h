/*
 * input -- standard input as a source of lines.
 *
 * Shape   input_turn() reads once, which does not wait when the descriptor is
 *         readable.  At the end of input it hands on the half line and clears
 *         tail.use_stdin.
 * Limits  No position, so no marks.  Long lines are cut as those of files.
 */
#ifndef RX_TAIL_INPUT_H
#define RX_TAIL_INPUT_H

#include "cmd/rx-tail/tail.h"

void input_turn(struct tail *);

#endif
