/* SPDX-License-Identifier: MIT */
/*
 * options -- the command line of rx-metrics.
 *
 * Errors  options_parse() ends the process: EX_USAGE, or EX_CONFIG for what
 *         stands in a configuration file.  options_again() is live_again().
 */
#ifndef RX_METRICS_OPTIONS_H
#define RX_METRICS_OPTIONS_H

#include <stdbool.h>

#include "cmd/rx-metrics/live.h"

struct settings {
	enum form form;
	bool once, check;
	bool save; /* the profile */
	struct live live;
	const char *proc, *sys; /* sys NULL: the one that fits proc */
	const char *page; /* where the page goes, NULL: stdout */
	const char *saved; /* where the profile goes, NULL: the state */
	const char *self, *stats; /* NULL: none */
	const char *given_id;
	const char *config; /* what HUP reads again, NULL: nothing */
};

void options_parse(struct settings *, int argc, char *argv[]);

/* HUP: whether what is sampled, or how often, is another now. */
bool options_again(struct settings *);

#endif
