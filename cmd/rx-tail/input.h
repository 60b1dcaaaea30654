/* SPDX-License-Identifier: MIT */
/*
 * input -- standard input, FIFOs and what commands write, as sources of lines.
 *
 * Shape   input_add() takes "-", or a path that leads to a FIFO: one of the
 *         file system, which may have writers that come and go, or
 *         /dev/fd/N of a shell's <(command), which ends with its writer.
 *         input_wait() waits for events of fd, for data of the inputs, or
 *         until_ms, and hands on what it read.
 * Rest    A half line goes out INPUT_REST_MS after its last byte, and what
 *         follows it is another; so do joined records, by join.h.
 * End     input_end() hands on what is left.  With --once a FIFO has ended when
 *         its writers have; else it is opened again.
 * Limits  INPUT_MAX of them; no position, so no marks.  Long lines are cut as
 *         those of files.
 */
#ifndef RX_TAIL_INPUT_H
#define RX_TAIL_INPUT_H

#include <stdbool.h>

#include "cmd/rx-tail/tail.h"

#define INPUT_MAX 64
#define INPUT_REST_MS 5000

/* Is there a FIFO, or the pipe of a descriptor? */
bool input_is_fifo(const char *path);

/* Nothing is added twice. */
void input_add(struct tail *, const char *path);

bool input_wait(struct tail *, int fd, int64_t until_ms); /* took bytes */
void input_rest(struct tail *);
bool input_is_restless(const struct tail *); /* call input_rest() soon */
void input_label(struct tail *); /* labels changed */
void input_end(struct tail *);

#endif
