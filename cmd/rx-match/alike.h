/* SPDX-License-Identifier: MIT */
/*
 * alike -- do two texts differ in digits alone, digit for digit?
 *
 * Why     A program says the same again and again; what differs are times, and
 *         numbers of processes, ports and bytes.
 * Limits  n is at least LANES; reads n bytes of each.
 */
#ifndef RX_MATCH_ALIKE_H
#define RX_MATCH_ALIKE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/lanes.h"

static inline bool
alike_lanes(const char *a, const char *b)
{
	const lanes x = lanes_load(a), y = lanes_load(b);
	const lanes same = (lanes)(x == y);

	return lanes_bits(same) == 0xffff ||
	    lanes_bits(same |
		((lanes)(x - '0' < 10) & (lanes)(y - '0' < 10))) == 0xffff;
}

/* The last lanes are looked at from the end. */
static inline bool
is_alike(const char *a, const char *b, size_t n)
{
	size_t i = 0;

	for (; i + LANES < n; i += LANES)
		if (!alike_lanes(a + i, b + i))
			return false;
	return alike_lanes(a + n - LANES, b + n - LANES);
}

#endif
