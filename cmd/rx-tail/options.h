/* SPDX-License-Identifier: MIT */
/*
 * options -- the command line of rx-tail, and --config, into a tail.
 *
 * Shape   What holds for the whole run is in the tail; what start-up alone needs
 *         is in a struct given.  Behind options_parse() the tail has its
 *         patterns and its identity.
 * Errors  A wrong option or pattern ends the process with EX_USAGE, an error in
 *         a file, or no identity, with EX_CONFIG.
 */
#ifndef RX_TAIL_OPTIONS_H
#define RX_TAIL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/rx-tail/claims.h"
#include "cmd/rx-tail/tail.h"

struct given {
	const char *node_id, *node_id_file;
	const char *checkpoint, *stats;
	const char *zone, *since;
	bool check, poll;
	const char *resume[CLAIMS_MAX];
	size_t n_resume;
	enum { FROM_DEFAULT, FROM_START, FROM_END } from;
};

/* The arguments become those of --config, too. */
void options_parse(struct tail *, struct given *, int *argc, char ***argv);

#endif
