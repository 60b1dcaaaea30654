/* SPDX-License-Identifier: MIT */
/*
 * growth -- how fast a value grows, over a stated time.
 *
 * Shape   growth_add() takes a value and its time and gives the change for each
 *         minute since the last point that is at least over_ns old.
 * Answer  false as long as there is none: not judged yet.
 * Limits  GROWTH_POINTS points, taken an even part of over_ns apart, so the time
 *         looked over is at most a seventh longer, and one wait for a value.
 * Pure    No clock.  growth_forget() after a gap.
 */
#ifndef RX_ALERT_GROWTH_H
#define RX_ALERT_GROWTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GROWTH_POINTS 8

struct growth {
	size_t n;
	struct growth_point {
		int64_t ns;
		double value;
	} point[GROWTH_POINTS]; /* from the oldest */
};

bool growth_add(struct growth *, int64_t over_ns, int64_t ns, double value,
    double *per_minute);
void growth_forget(struct growth *);

#endif
