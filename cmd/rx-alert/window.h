/* SPDX-License-Identifier: MIT */
/*
 * window -- the events of one key that a sliding window can still hold.
 *
 * Shape   window_add() takes the time of one event and says how many events the
 *         fullest window holds that this one is in.  A window is half open: of
 *         two events exactly its length apart it holds one.  Events at one time
 *         are as many events.
 * Count   Zero when no such window holds more than limit: then nobody asks.
 * Late    An event older than the newest by more than the lateness is out of
 *         order and not looked at.  Two in a row, in order, mean that the clock
 *         was set back: the window begins anew at the second, and the cooldown
 *         keeps what was left of it.
 * Exact   Up to WINDOW_LEAST(limit) events, and as far beyond as there is spare
 *         memory; where the oldest had to go, window_is_capped() says so.
 * Owner   The caller, from window_make() to window_free(); window_add() may move
 *         it.  spare is what all windows together may grow by, in times.
 * Errors  window_make: NULL, out of memory.
 * Pure    No clock: the same events give the same counts.
 */
#ifndef RX_ALERT_WINDOW_H
#define RX_ALERT_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct window {
	int64_t fired_ns; /* the last anomaly, in the time of this key */
	int64_t back_ns; /* private: the one that was put aside */
	int64_t lost_ns; /* private: the newest that had to go */
	uint32_t first, n, size; /* private: a ring of times, in order */
	uint16_t rule; /* whose it is */
	bool fired, critical; /* fired_ns means something; so bad it was */
	bool set_back; /* private */
	int64_t times[];
};

struct window_span {
	int64_t length_ns, late_ns;
	uint32_t limit;
};

/* An anomaly is critical from here on: 1.5 times the limit, rounded up. */
static inline uint32_t
window_critical(uint32_t limit)
{
	uint32_t n = limit + (limit + 1) / 2;

	return n > limit ? n : limit + 1;
}

/* Times that are kept in any case: enough to tell what is critical. */
#define WINDOW_LEAST(limit) (window_critical(limit) + 1)

enum window_says { WINDOW_LATE = -1, WINDOW_CALM = 0 };

struct window *window_make(uint16_t rule);
void window_free(struct window *, int64_t *spare);

/* Above zero: the count, which is more than the limit. */
int64_t window_add(
    struct window **, const struct window_span *, int64_t ns, int64_t *spare);

/* Of the windows that hold ns, some held more than is known. */
bool window_is_capped(const struct window *, int64_t length_ns, int64_t ns);

/* The i-th time that is kept, from the oldest; and the newest. */
int64_t window_time(const struct window *, uint32_t i);
int64_t window_newest(const struct window *); /* n is not 0 */

/* Of those that are kept, in the window that ends at ns: how many, and the time
 * of the first, or ns. */
uint32_t window_count(const struct window *, int64_t length_ns, int64_t ns);
int64_t window_first(const struct window *, int64_t length_ns, int64_t ns);

#endif
