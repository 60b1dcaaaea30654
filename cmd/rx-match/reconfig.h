/* SPDX-License-Identifier: MIT */
/*
 * reconfig -- what HUP changes of the command line: the options of --config,
 *             and the files of -k.
 *
 * Shape   The file is read again as a whole.  What it says of the patterns and
 *         of settings.h is taken over; where it says something else of another
 *         option, that is told, and waits for the next start.
 * Errors  All stays as it was, and a warning says why.
 */
#ifndef RX_MATCH_RECONFIG_H
#define RX_MATCH_RECONFIG_H

#include <stddef.h>

#include "lib/cli_config.h"

struct job;

/*
 * config: what cli_config() put before the arguments.  Those of the patterns
 * are taken out of there again.
 */
void reconfig_start(const struct cli *, int letter, const struct cli_config *,
    int *argc, char **argv);
void reconfig_allow(struct job *); /* what is read then; after the options */
void reconfig(struct job *);

#endif
