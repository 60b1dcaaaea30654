/* SPDX-License-Identifier: MIT */
/*
 * options -- what the command line of rx-ship chose.
 *
 * Owner   Texts are loans of argv, which lives as long as the process; a token
 *         given there is blanked, and kept until options_release().
 * Errors  Usage and exit, as cli_usage().
 */
#ifndef RX_SHIP_OPTIONS_H
#define RX_SHIP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/rx-ship/target.h"
#include "lib/cli.h"

struct choice {
	struct settings settings;
	const char *url_file;
	const char *ack; /* a spool; NULL: outcomes to standard output */
	const char *stats;
	uint64_t max_attempts;
	bool check, net; /* ask the peer, too */
};

/* What --config says goes in front of the arguments. */
void options_read(
    struct choice *, int *n_args, char **args[], const char *versions);
void options_release(struct choice *);
_Noreturn void options_usage(const char *why);

#endif
