/* SPDX-License-Identifier: MIT */
/*
 * pace -- when the next sample is due.
 *
 * Shape   Due times lie one interval apart on the monotonic clock.  Where they
 *         fall within the interval follows from the node id, so 10,000 hosts
 *         that were switched on together do not speak together (T-23).
 * Late    Who was stopped or asleep over several due times gets one, not a
 *         burst, and the next is at least half an interval away.
 * Errors  pace_wait: 1 due, 0 asked to stop.
 */
#ifndef RX_METRICS_PACE_H
#define RX_METRICS_PACE_H

#include <stdint.h>

struct pace {
	int64_t interval_ns;
	/* private */
	int64_t next_ns;
	int64_t grid_ns; /* a due time in the past */
};

/* The first is due after first_ns, whatever the phase. */
void pace_init(
    struct pace *, int64_t interval_ns, int64_t first_ns, const char *node_id);

/* From 0 to below 1, by node id: the same at every start. */
double pace_phase(const char *node_id);

int pace_wait(struct pace *);

/* From a function that HUP runs: due now. */
void pace_hurry(struct pace *);

#endif
