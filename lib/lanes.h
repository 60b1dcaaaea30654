/* SPDX-License-Identifier: MIT */
/*
 * lanes -- sixteen bytes at once, on any machine: the compiler's vectors.
 *
 * Shape   Compared, as in (c == '='), each lane becomes 0 or 0xff.
 *         lanes_bits() makes a bit of each, the first byte lowest.
 * Limits  A load reads sixteen bytes.  Where more is to be had from a wider
 *         unit of the machine, see lib/plain_unit.h.
 * Source  Vector extensions of GCC and clang.
 */
#ifndef RX_LANES_H
#define RX_LANES_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define LANES 16

typedef unsigned char lanes __attribute__((vector_size(LANES)));

static inline lanes
lanes_load(const void *at)
{
	lanes v;

	memcpy(&v, at, LANES);
	return v;
}

static inline bool
lanes_any(lanes told)
{
	uint64_t half[2];

	memcpy(half, &told, LANES);
	return (half[0] | half[1]) != 0;
}

static inline unsigned
lanes_bits(lanes told)
{
#ifdef __SSE2__
	return (unsigned)_mm_movemask_epi8((__m128i)told);
#else
	const uint64_t each = UINT64_C(0x0101010101010101);
	const uint64_t gather = UINT64_C(0x0102040810204080);
	uint64_t half[2];

	memcpy(half, &told, LANES);
	half[0] = ((le64toh(half[0]) & each) * gather) >> 56;
	half[1] = ((le64toh(half[1]) & each) * gather) >> 56;
	return (unsigned)(half[0] | half[1] << 8);
#endif
}

#endif
