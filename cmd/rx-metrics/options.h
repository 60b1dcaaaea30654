/*
 * options -- the command line of rx-metrics.
 *
 * Errors  options_parse() ends the process: EX_USAGE, or EX_CONFIG for what
 *         stands in a configuration file.
 */
#ifndef RX_METRICS_OPTIONS_H
#define RX_METRICS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum form {
	FORM_NESTED,
	FORM_FLAT,
	FORM_FLATTEN, /* records of the nested form come on stdin */
	FORM_PROMETHEUS,
	FORM_BEAT,
	FORM_INFO
};

struct settings {
	enum form form;
	bool once, check;
	bool save; /* the profile */
	int64_t interval_ns;
	unsigned parts;
	size_t top;
	const char *proc, *sys; /* sys NULL: the one that fits proc */
	const char *page; /* where the page goes, NULL: stdout */
	const char *saved; /* where the profile goes, NULL: the state */
	const char *self, *stats; /* NULL: none */
	const char *given_id;
};

void options_parse(struct settings *, int argc, char *argv[]);

#endif
