/* SPDX-License-Identifier: MIT */
/*
 * cli_help -- what --help prints.  Private to cli.
 *
 * Shape   The usage, folded to 80 columns, what the tool is for, its options,
 *         the examples.  Where the synopsis has "[option ...]" the options are
 *         those that it names, so that all of it fits a screen; the others
 *         come with all.
 */
#ifndef RX_CLI_HELP_H
#define RX_CLI_HELP_H

#include <stdbool.h>

#include "lib/cli.h"

/* What of the common options a tool has, in the order they are printed in. */
struct cli_common {
	const struct cli_option *option;
	bool with_letter;
};

/* To stdout, whose errors the caller sees. */
void cli_help(
    const struct cli *, const struct cli_common *, size_t n, bool all);

#endif
