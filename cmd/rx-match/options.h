/*
 * options -- the command line of rx-match, into a job.
 *
 * Errors  A wrong option or pattern ends the process with EX_USAGE.
 */
#ifndef RX_MATCH_OPTIONS_H
#define RX_MATCH_OPTIONS_H

#include <stdbool.h>

struct job;

bool options_parse(struct job *, int argc, char *argv[]); /* --check? */

#endif
