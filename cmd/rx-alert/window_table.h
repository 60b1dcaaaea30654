/* SPDX-License-Identifier: MIT */
/*
 * window_table -- the window of each key, in a table that does not outgrow its
 *                 bound.
 *
 * Shape   A key is 128 bits of a seeded hash.  window_table_get() finds or makes
 *         its place, with a window, and touches it.  Time is that of the caller and never
 *         falls.
 * Idle    Each get looks at some places further on, all of them within idle_ns,
 *         and gives back windows that were untouched for the time that their
 *         rule says; so a key that nobody asks for costs nothing in the end.
 * Limits  max keys.  For one more, the key untouched for longest among some
 *         places leaves; evicted counts those, expired the idle ones.
 * Memory  32 bytes a place, of which at least three in ten are empty; a window
 *         of up to four events takes 96 bytes, and 8 for each place beyond.
 * Owner   The table; a place is a loan until the next get.
 * Errors  window_table_get: NULL, out of memory.
 */
#ifndef RX_ALERT_WINDOW_TABLE_H
#define RX_ALERT_WINDOW_TABLE_H

#include <stdint.h>

#include "cmd/rx-alert/window.h"

struct window_key {
	uint64_t part[2];
};

/* How long a rule keeps a window that is not touched. */
struct window_keep {
	int64_t idle_ns, fired_ns; /* the second when there was an anomaly */
};

struct window_place {
	struct window_key key;
	int64_t touched_ns;
	struct window *window; /* NULL: nobody is here */
};

struct window_table {
	uint64_t n, evicted, expired;
	int64_t spare; /* of window.h */
	int64_t idle_ns; /* the least of all rules, above 0; the caller's */
	/* private */
	uint64_t max, size, hand;
	int64_t now_ns;
	struct window_place *places;
};

void window_table_init(struct window_table *, uint64_t max);
struct window_place *window_table_get(struct window_table *, struct window_key,
    uint16_t rule, int64_t now_ns, const struct window_keep *keep_of_rules);
void window_table_release(struct window_table *);

/* Every key that is there: NULL first, then the one before. */
struct window_place *window_table_next(
    struct window_table *, const struct window_place *);

/* Another may be in its place then: look there again. */
void window_table_remove(struct window_table *, struct window_place *);

#endif
