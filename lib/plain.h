/* SPDX-License-Identifier: MIT */
/*
 * plain -- the inner loop of everything that reads or writes JSON strings:
 *          how many leading bytes need no second look.
 *
 * Shape   A plain byte is printable ASCII or DEL, and neither `"` nor `\`.
 *         Most strings inside a record are short: their first PLAIN_NEAR bytes
 *         are looked at right here, with what every machine of this kind has.
 *         What goes on is for the widest unit of this machine (plain_twin.h).
 * Limits  Reads n bytes and none after them.
 */
#ifndef RX_PLAIN_H
#define RX_PLAIN_H

#include <stddef.h>

#include "lib/plain_unit.h"

#define PLAIN_NEAR (4 * PLAIN_UNIT)

size_t plain_run_far(const char *, size_t n);

static inline size_t
plain_run(const char *at, size_t n)
{
	size_t i = 0;

	for (; n - i >= PLAIN_UNIT; i += PLAIN_UNIT) {
		uint64_t stops;

		if (i == PLAIN_NEAR)
			return i + plain_run_far(at + i, n - i);
		if ((stops = plain_stops(at + i)) != 0)
			return i + plain_first(stops, PLAIN_LANE);
	}
	while (i < n && plain_byte((unsigned char)at[i]))
		i++;
	return i;
}

#endif
