/* SPDX-License-Identifier: MIT */
/*
 * loop -- from input to target to outcomes, until the end of one of them.
 *
 * Shape   loop_run() returns the exit status.  It waits in one place, for
 *         input (while the window has room), the target, and the reader of
 *         the outcomes, and does nothing else that waits.
 */
#ifndef RX_SHIP_LOOP_H
#define RX_SHIP_LOOP_H

#include "cmd/rx-ship/ack.h"
#include "cmd/rx-ship/target.h"

/* ack: where the outcomes go; NULL: to standard output. */
int loop_run(struct target *, struct settings *, struct window *, struct ack *,
    int stop_fd);

#endif
