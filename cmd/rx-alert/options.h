/* SPDX-License-Identifier: MIT */
/*
 * options -- the command line of rx-alert.
 *
 * Owner   Texts are the arguments', or those of the configuration, which stay.
 * Errors  Dies: EX_USAGE, or EX_CONFIG for --config.
 */
#ifndef RX_ALERT_OPTIONS_H
#define RX_ALERT_OPTIONS_H

#include <stdbool.h>

#include "cmd/rx-alert/engine.h"
#include "cmd/rx-alert/rules.h"

struct options {
	struct rules_asked rules;
	struct engine_asked engine;
	struct whereabouts where;
	const char *state, *stats; /* NULL: none is kept */
	bool check, explain, testing;
};

void options_parse(struct options *, int argc, char *argv[]);

#endif
