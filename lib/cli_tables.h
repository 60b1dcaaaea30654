/* SPDX-License-Identifier: MIT */
/*
 * cli_tables -- a tool's options as getopt_long(3) wants them.  Private to cli.
 */
#ifndef RX_CLI_TABLES_H
#define RX_CLI_TABLES_H

#include <getopt.h>
#include <stddef.h>

#include "lib/cli.h"

#define CLI_OPTIONS 80
#define CLI_SECTIONS (CLI_LONG + 2000) /* --sections, cli_config()'s */

struct cli_tables {
	char letters[3 * CLI_OPTIONS + 2];
	struct option longs[CLI_OPTIONS + 1];
};

void cli_tables(const struct cli *, struct cli_tables *);

/* The arguments of cli_next() that are of a file, and their n places there. */
void cli_places(char *const *args, char *const *places, size_t n);

#endif
