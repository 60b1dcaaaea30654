/* SPDX-License-Identifier: MIT */
/*
 * window -- how many in this stretch of time, and in the one before.
 *
 * Shape   Time is cut into windows of one length, counted from 1970, so the
 *         same records fall into the same windows whenever they are read.
 *         window_of() gives the number of the window that counts a time: its
 *         own, but a time that is behind the newest by less than a window (or
 *         by WINDOW_LATE) counts as now.  One that is further behind is a
 *         replay: the windows begin anew there.
 */
#ifndef RX_MATCH_WINDOW_H
#define RX_MATCH_WINDOW_H

#include <stdint.h>

#define WINDOW_LATE (5 * 60 * INT64_C(1000000000)) /* ns */

static inline int64_t
window_of(int64_t now, int64_t ns, int64_t length_ns)
{
	int64_t own = ns / length_ns;
	int64_t late = WINDOW_LATE / length_ns + 1;

	return own < now && own + late >= now ? now : own;
}

#endif
