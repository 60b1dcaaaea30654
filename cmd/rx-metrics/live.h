/* SPDX-License-Identifier: MIT */
/*
 * live -- how often and what is sampled: the options that HUP reads again.
 *
 * Shape   live_take() is one of them, as the command line or a file has it.
 *         live_again() is the file of --config as it is now, and over that what
 *         the command line said; an option that neither names has its default.
 *         What the file says of other options waits for the next start, with a
 *         warning when it is something else.
 * Forms   Which of them count depends on the form: there is no --top in a page.
 * Limits  An interval from 1s to 1h, 0 to 100 processes.
 * Errors  live_take: -1 and *why, a sentence part.  live_again: -1 after a
 *         warning, and nothing has changed; 1 when something has, else 0.
 */
#ifndef RX_METRICS_LIVE_H
#define RX_METRICS_LIVE_H

#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-metrics/metrics.h"
#include "lib/cli_config.h"

enum form {
	FORM_NESTED,
	FORM_FLAT,
	FORM_FLATTEN, /* records of the nested form come on stdin */
	FORM_PROMETHEUS,
	FORM_BEAT,
	FORM_INFO
};

enum live_option { LIVE_BEAT, LIVE_INTERVAL, LIVE_ONLY, LIVE_TOP, LIVE_N };

struct live {
	int64_t interval_ns; /* or of the heartbeat */
	unsigned parts;
	size_t top;
};

#define LIVE_DEFAULT \
	{ \
		3 * NUM_S, PART_ALL, 5 \
	}

int live_take(
    struct live *, enum live_option, const char *arg, const char **why);

/* own: the arguments on the command line, NULL where it has none. */
int live_again(struct live *, enum form, const struct cli *, int letter,
    const struct cli_config *started, const char *const own[LIVE_N]);

#endif
