/* SPDX-License-Identifier: MIT */
/*
 * cli_config -- options from a configuration file: --config FILE.
 *
 * Shape   FILE is one JSON object with a member for each tool, as in
 *         {"rx-match":{"keywords":true,"max-age":"1h","redact":["email","ip"]}}
 *         The members of that are the long options of the tool: true for one without
 *         an argument, text or a number for one with it, a list for one that is
 *         given again.  Members of other tools are not looked at.
 * Sections --sections names the members of FILE, a line each, and exits: what
 *         rx-agent knows of a file.
 * Order   The options of FILE come before those of the command line, so that
 *         the latter win where one value counts, and add where many do.
 * Again   cli_config_read() gives what a file says now, for who looks again on
 *         HUP; what that changes is for the tool to say.
 * Owner   What cli_config() gives back stays for the life of the process;
 *         cli_config_read() to cli_config_release().
 * Errors  EX_CONFIG, with file:line:column: reason, also for a value that an
 *         option of FILE cannot have; of cli_config_read() -1, and why.
 * Links   jansson, through conf.
 */
#ifndef RX_CLI_CONFIG_H
#define RX_CLI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/cli.h"
#include "lib/conf.h"

struct cli_config {
	const char *path; /* a loan */
	char **args; /* each --NAME or --NAME=VALUE */
	char **places; /* of each, "file:line:column: " */
	size_t n;
	/* private */
	size_t size;
	char **all; /* what argv became: it may be in a parameter alone */
};

/*
 * letter: of the option in the tool's table.  Before the first cli_next().
 * What was put before the arguments, NULL: no file is named.
 */
const struct cli_config *cli_config(
    const struct cli *, int letter, int *argc, char ***argv);

int cli_config_read(const struct cli *, int letter, const char *path,
    struct cli_config *, char why[CONF_WHY]);
void cli_config_release(struct cli_config *);

/* Warn of the first argument that is another one now, but for those that the
 * tool takes over: it counts from the next start. */
void cli_config_differs(const struct cli_config *was,
    const struct cli_config *is, bool (*taken)(const char *arg));

#endif
