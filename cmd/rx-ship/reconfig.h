/* SPDX-License-Identifier: MIT */
/*
 * reconfig -- what HUP changes of the file of --config: its durations.
 *
 * Shape   The file is read again as a whole.  What it says of the options of
 *         options_times is taken over, unless the command line said it; where
 *         it says something else of another option, that is told, and waits
 *         for the next start.  An option that the file no longer names stays.
 * Errors  All stays as it was, and a warning says why.
 */
#ifndef RX_SHIP_RECONFIG_H
#define RX_SHIP_RECONFIG_H

#include "cmd/rx-ship/target.h"
#include "lib/cli_config.h"

void reconfig_start(const struct cli_config *); /* NULL: there is no file */
void reconfig_keep(int ch); /* this option is the command line's */
/* What confine() has to leave; NULL: nothing. */
const char *reconfig_path(void);
void reconfig(struct settings *);

#endif
