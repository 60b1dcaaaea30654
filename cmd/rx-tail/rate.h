/* SPDX-License-Identifier: MIT */
/*
 * rate -- at most so many lines a second, of all files together (--max-rate).
 *
 * Shape   Back-pressure: what may not be handed on yet is not read, nothing is
 *         dropped.  A reader asks rate_open() before it reads; rate_cut() tells
 *         how much of what it has may be handed on, and counts that.  Who cannot
 *         stop in the middle counts behind it, by rate_spend(): a debt, which
 *         the next ones wait for.
 * Burst   RATE_BURST_MS worth of lines, at least one, may go at once.
 * Off     With per_s 0 everything may go, at no cost.
 */
#ifndef RX_TAIL_RATE_H
#define RX_TAIL_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATE_BURST_MS 100
#define RATE_MAX 1000000000 /* lines a second */

struct rate {
	uint64_t per_s;
	int64_t credit_ns, filled_ns; /* stop_now_ns() */
};

bool rate_open(struct rate *);
int64_t rate_wait_ms(struct rate *); /* until it is open, 0: it is */
size_t rate_cut(struct rate *, const char *lines, size_t len);
void rate_spend(struct rate *, uint64_t lines);

#endif
