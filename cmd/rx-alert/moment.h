/* SPDX-License-Identifier: MIT */
/*
 * moment -- the time of one node, from its records alone.
 *
 * Shape   now_ns moves with uptime_seconds where the records have it, else
 *         with their timestamp, and never falls.  A wall clock that is set
 *         does not move it while there is an uptime.
 * Boot    An uptime that fell while the timestamp rose: the timestamp says how
 *         long the host was away, and it is a gap.
 * Late    One record older than the last is out of order and not looked at.
 *         Two in a row, in order, mean that the clock was set back: a gap, and
 *         time goes on from there.
 * Gap     More than three times the wait before, and than three seconds.
 * Limits  One step is a year at most, however far apart two records are.
 */
#ifndef RX_ALERT_MOMENT_H
#define RX_ALERT_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

enum moment_kind { MOMENT_NEXT, MOMENT_GAP, MOMENT_LATE };

struct moment {
	int64_t now_ns;
	bool started;
	/* private */
	int64_t record_ns, uptime_ns, interval_ns;
	bool has_uptime;
	bool set_back; /* one record was older: back_ns */
	int64_t back_ns;
};

/* uptime_ns below 0: the record has none. */
enum moment_kind moment_step(
    struct moment *, int64_t record_ns, int64_t uptime_ns);

/* A longer wait than this is a gap. */
int64_t moment_gap_ns(const struct moment *);

#endif
