/*
 * cli_config -- options from a configuration file: --config FILE.
 *
 * Shape   FILE is one JSON object with a member for each tool, as in
 *         {"rx-match":{"keywords":true,"max-age":"1h","redact":["email","ip"]}}
 *         The members of that are the long options of the tool: true for one without
 *         an argument, text or a number for one with it, a list for one that is
 *         given again.  Members of other tools are not looked at.
 * Order   The options of FILE come before those of the command line, so that
 *         the latter win where one value counts, and add where many do.
 * Owner   The arguments that are given back stay for the life of the process.
 * Errors  EX_CONFIG, with file:line:column: reason.
 * Links   jansson, through conf.
 */
#ifndef RX_CLI_CONFIG_H
#define RX_CLI_CONFIG_H

#include "lib/cli.h"

/* letter: of the option in the tool's table.  Before the first cli_next(). */
void cli_config(const struct cli *, int letter, int *argc, char ***argv);

#endif
