/* SPDX-License-Identifier: MIT */
/*
 * tally -- how many, for which reason, and how long it took.
 *
 * Shape   A reason is a word; what stands behind its first ":" or blank is for
 *         people and not counted apart.
 * Limits  TALLY_REASONS words; more count as "other".
 * Times   From when a message was handed to the target to when its fact was
 *         known, in a histogram.
 */
#ifndef RX_SHIP_TALLY_H
#define RX_SHIP_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

#define TALLY_REASONS 32
#define TALLY_BUCKETS 10

struct tally {
	size_t n;
	struct {
		char word[32];
		uintmax_t count;
	} reasons[TALLY_REASONS];
};

struct tally_times {
	uintmax_t buckets[TALLY_BUCKETS + 1]; /* the last: longer than all */
	uintmax_t n;
	int64_t sum_ms;
};

void tally_add(struct tally *, const char *why);
void tally_time(struct tally_times *, int64_t ms);

/* As a family of --stats: name{reason="…"}, name_bucket{le="…"}. */
void tally_render(
    const struct tally *, struct buf *, const char *name, const char *help);
void tally_render_times(const struct tally_times *, struct buf *,
    const char *name, const char *help);

#endif
