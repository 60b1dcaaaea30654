/* SPDX-License-Identifier: MIT */
/*
 * options -- the command line of rx-match, into a job.
 *
 * Errors  A wrong option or pattern ends the process with EX_USAGE, an error in
 *         a file with EX_CONFIG.
 */
#ifndef RX_MATCH_OPTIONS_H
#define RX_MATCH_OPTIONS_H

#include <stdbool.h>

struct job;

/* The arguments become those of --config, too; true: --check is asked for. */
bool options_parse(struct job *, int *argc, char ***argv);

#endif
