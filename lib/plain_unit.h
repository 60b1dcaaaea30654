/* SPDX-License-Identifier: MIT */
/*
 * plain_unit -- a few bytes at once: load, store, and which are not plain.
 *
 * Shape   UNIT_load and UNIT_store move UNIT_BYTES bytes, aligned or not.
 *         UNIT_stops has UNIT_LANE bits for each byte, the first byte lowest:
 *         0 when all are plain, else the lowest bit that is set is in the lane
 *         of the first byte that is not.
 *
 *           single 1 byte
 *           swar   8 bytes in a plain register; everywhere
 *           sse2  16 bytes; every x86-64
 *           neon  16 bytes; every aarch64
 *
 *         32 bytes with AVX2, which not every x86-64 has, are in plain_avx2.c.
 * Source  "SIMD within a register": Lamport, Multiple Byte Processing with
 *         Full-Word Instructions, CACM 1975.
 */
#ifndef RX_PLAIN_UNIT_H
#define RX_PLAIN_UNIT_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline bool
plain_byte(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

#define SINGLE_BYTES 1
#define SINGLE_LANE 1
typedef char single_unit;

static inline single_unit
single_load(const char *at)
{
	return *at;
}

static inline void
single_store(char *to, single_unit c)
{
	*to = c;
}

static inline uint64_t
single_stops(single_unit c)
{
	return !plain_byte((unsigned char)c);
}

#define SWAR_BYTES 8
#define SWAR_LANE 8
#define SWAR_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
typedef uint64_t swar_unit;

static inline swar_unit
swar_load(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof word);
	return le64toh(word);
}

static inline void
swar_store(char *to, swar_unit word)
{
	word = htole64(word);
	memcpy(to, &word, sizeof word);
}

/*
 * The top bit of each byte that is not plain.  A borrow can mark a byte above
 * such a one, never below the first.
 */
static inline uint64_t
swar_stops(swar_unit word)
{
	return (word | (word - SWAR_EACH(0x20)) |
		   ((word ^ SWAR_EACH('"')) - SWAR_EACH(1)) |
		   ((word ^ SWAR_EACH('\\')) - SWAR_EACH(1))) &
	    SWAR_EACH(0x80);
}

#if defined(__SSE2__)

#include <emmintrin.h>

#define SSE2_BYTES 16
#define SSE2_LANE 1
typedef __m128i sse2_unit;

static inline sse2_unit
sse2_load(const char *at)
{
	return _mm_loadu_si128((const void *)at);
}

static inline void
sse2_store(char *to, sse2_unit v)
{
	_mm_storeu_si128((void *)to, v);
}

/* As signed bytes, what is not ASCII is less than a blank too. */
static inline uint64_t
sse2_stops(sse2_unit v)
{
	__m128i stops = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20));

	stops = _mm_or_si128(stops, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
	stops = _mm_or_si128(stops, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
	return (uint64_t)_mm_movemask_epi8(stops);
}

/* A bit for each of 64 bytes. */
#define PLAIN_BLOCK 64
static inline uint64_t
plain_block(const char *at)
{
	return sse2_stops(sse2_load(at)) |
	    sse2_stops(sse2_load(at + 16)) << 16 |
	    sse2_stops(sse2_load(at + 32)) << 32 |
	    sse2_stops(sse2_load(at + 48)) << 48;
}

#elif defined(__aarch64__)

#include <arm_neon.h>

#define NEON_BYTES 16
#define NEON_LANE 4
typedef uint8x16_t neon_unit;

static inline neon_unit
neon_load(const char *at)
{
	return vld1q_u8((const uint8_t *)at);
}

static inline void
neon_store(char *to, neon_unit v)
{
	vst1q_u8((uint8_t *)to, v);
}

/* NEON has no movemask; narrowing leaves four bits of each byte. */
static inline uint64_t
neon_stops(neon_unit v)
{
	uint8x16_t stops = vcltq_s8(vreinterpretq_s8_u8(v), vdupq_n_s8(0x20));

	stops = vorrq_u8(stops, vceqq_u8(v, vdupq_n_u8('"')));
	stops = vorrq_u8(stops, vceqq_u8(v, vdupq_n_u8('\\')));
	return vget_lane_u64(
	    vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(stops), 4)),
	    0);
}

#endif

/* The widest that every machine of this kind has. */
#if defined(__SSE2__)
#define PLAIN_UNIT SSE2_BYTES
#define PLAIN_LANE SSE2_LANE
#define plain_stops(at) sse2_stops(sse2_load(at))
#elif defined(__aarch64__)
#define PLAIN_UNIT NEON_BYTES
#define PLAIN_LANE NEON_LANE
#define plain_stops(at) neon_stops(neon_load(at))
#else
#define PLAIN_UNIT SWAR_BYTES
#define PLAIN_LANE SWAR_LANE
#define plain_stops(at) swar_stops(swar_load(at))
#endif

/* Which byte the lowest mark is of. */
static inline size_t
plain_first(uint64_t stops, unsigned lane)
{
	return (size_t)__builtin_ctzll(stops) / lane;
}

#endif
