/* SPDX-License-Identifier: MIT */
/*
 * reconfig -- HUP: the file of --config is read again.
 *
 * Shape   What it asks for (asked.h) is taken over: files that nobody asks for
 *         any more are let go, with a mark of how far they were read; new ones
 *         are begun as a start would begin them; labels hold from the next
 *         line.  Another option that differs is told, and waits for the next
 *         start.
 * When    HUP only asks; reconfig() runs between two turns of the loop.
 * Errors  All stays as it was, and a warning says why.
 */
#ifndef RX_TAIL_RECONFIG_H
#define RX_TAIL_RECONFIG_H

#include "cmd/rx-tail/tail.h"
#include "lib/cli_config.h"

/* config: what cli_config() put before the arguments, or NULL.  What is asked
 * for there is asked for, and taken out of the arguments again. */
void reconfig_start(struct tail *, const struct cli *, int letter,
    const struct cli_config *, int *argc, char **argv);
void reconfig_listen(struct tail *); /* to HUP */
void reconfig(struct tail *);

#endif
