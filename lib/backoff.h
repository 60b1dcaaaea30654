/* SPDX-License-Identifier: MIT */
/*
 * backoff -- how long to wait before the next try.
 *
 * Shape   first, first x 2, first x 4 … up to max, or the steps of a list, the
 *         last of which repeats.  Each wait is spread evenly over ±10 %, so
 *         that hosts that failed together do not return together.
 * Text    "1s..60s" or "5s,15s,60s"; see backoff_parse().
 * Limits  Waits from 1 ms to a day, BACKOFF_STEPS steps.
 * Errors  backoff_parse: -1 and *why.
 * Source  R-192, T-31; jitter from a seeded generator, so tests repeat.
 */
#ifndef RX_BACKOFF_H
#define RX_BACKOFF_H

#include <stdint.h>

#include "lib/span.h"

#define BACKOFF_STEPS 16

struct backoff {
	unsigned tries; /* since the last reset */
	/* private */
	int64_t steps_ms[BACKOFF_STEPS];
	unsigned n_steps;
	uint64_t seed;
};

void backoff_init(
    struct backoff *, int64_t first_ms, int64_t max_ms, uint64_t seed);
int backoff_parse(
    struct backoff *, struct span text, uint64_t seed, const char **why);
int64_t backoff_next_ms(struct backoff *); /* and counts the try */
void backoff_reset(struct backoff *); /* it worked */

/* From 0 to below 1: where in a spread of its own making a process stands. */
double backoff_part(struct backoff *);

/* Another for each process on each host: hosts made from one image start the
 * same things under the same process ids. */
uint64_t backoff_seed(const char *name);

#endif
