/* SPDX-License-Identifier: MIT */
/*
 * plain -- for an x86-64 that has AVX2; plain_best() asks before it comes here.
 *
 * UTF-8 is checked by three table look-ups a byte: what the high half of the
 * byte before, its low half and the high half of this byte can be wrong about.
 * A bit that all three have is an error; the tables below are table 3-7 of the
 * Unicode Standard read that way.  That covers a lead and the byte after it;
 * that third and fourth bytes are there, and only where they belong, is seen
 * from leads two and three bytes before.
 *
 * A unit always starts with a character, so none needs to know the one before;
 * a character that its end splits is left for the next.
 *
 * Source  Keiser and Lemire, Validating UTF-8 In Less Than One Instruction Per
 *         Byte, Software: Practice and Experience 51 (2021).
 */
#include "lib/plain_twin.h"

#ifdef __SSE2__

#include <immintrin.h>

#include "lib/plain_unit.h"

#define AVX2_BYTES 32
#define AVX2_LANE 1
#define AVX2_TARGET __attribute__((target("avx2")))
typedef __m256i avx2_unit;

AVX2_TARGET static inline avx2_unit
avx2_load(const char *at)
{
	return _mm256_loadu_si256((const void *)at);
}

AVX2_TARGET static inline void
avx2_store(char *to, avx2_unit v)
{
	_mm256_storeu_si256((void *)to, v);
}

AVX2_TARGET static inline uint32_t
marks(__m256i v)
{
	return (uint32_t)_mm256_movemask_epi8(v);
}

/* As signed bytes, what is not ASCII is less than a blank too. */
AVX2_TARGET static inline uint64_t
avx2_stops(avx2_unit v)
{
	__m256i stops = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), v);

	stops =
	    _mm256_or_si256(stops, _mm256_cmpeq_epi8(v, _mm256_set1_epi8('"')));
	stops = _mm256_or_si256(
	    stops, _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\')));
	return marks(stops);
}

enum {
	TOO_SHORT = 1 << 0, /* a lead, and no second byte */
	TOO_LONG = 1 << 1, /* ASCII, and a second byte */
	OVERLONG_3 = 1 << 2, /* e0 80..9f */
	TOO_LARGE = 1 << 3, /* f4 90..bf, f5..ff */
	SURROGATE = 1 << 4, /* ed a0..bf */
	OVERLONG_2 = 1 << 5, /* c0 and c1 */
	OVERLONG_4 = 1 << 6, /* f0 80..8f; f5..ff 80..8f are too large */
	TWO_FOLLOW = 1 << 7, /* two that follow: right in 3 and 4 bytes */
	ANY_LOW = TOO_SHORT | TOO_LONG | TWO_FOLLOW
};

#define EACH_HALF(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

AVX2_TARGET static inline __m256i
high_half(__m256i v)
{
	return _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(0xf));
}

/* Each byte's neighbour n before it; 0 in front. */
#define BEFORE(v, n) \
	_mm256_alignr_epi8(v, _mm256_permute2x128_si256(v, v, 0x08), 16 - (n))

/* A bit for each byte that cannot stand behind those before it. */
AVX2_TARGET static inline uint32_t
broken(__m256i v)
{
	const __m256i first_high = EACH_HALF(TOO_LONG, TOO_LONG, TOO_LONG,
	    TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, (char)TWO_FOLLOW,
	    (char)TWO_FOLLOW, (char)TWO_FOLLOW, (char)TWO_FOLLOW,
	    TOO_SHORT | OVERLONG_2, TOO_SHORT,
	    TOO_SHORT | OVERLONG_3 | SURROGATE,
	    TOO_SHORT | TOO_LARGE | OVERLONG_4);
	const char large = (char)(ANY_LOW | TOO_LARGE | OVERLONG_4);
	const __m256i first_low =
	    EACH_HALF((char)(ANY_LOW | OVERLONG_2 | OVERLONG_3 | OVERLONG_4),
		(char)(ANY_LOW | OVERLONG_2), (char)ANY_LOW, (char)ANY_LOW,
		(char)(ANY_LOW | TOO_LARGE), large, large, large, large, large,
		large, large, large, (char)(large | SURROGATE), large, large);
	const char follows = (char)(TOO_LONG | OVERLONG_2 | TWO_FOLLOW);
	const __m256i second_high = EACH_HALF(TOO_SHORT, TOO_SHORT, TOO_SHORT,
	    TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
	    (char)(follows | OVERLONG_3 | OVERLONG_4),
	    (char)(follows | OVERLONG_3 | TOO_LARGE),
	    (char)(follows | SURROGATE | TOO_LARGE),
	    (char)(follows | SURROGATE | TOO_LARGE), TOO_SHORT, TOO_SHORT,
	    TOO_SHORT, TOO_SHORT);
	const __m256i first = BEFORE(v, 1);
	const __m256i low = _mm256_and_si256(first, _mm256_set1_epi8(0xf));
	const __m256i pair = _mm256_and_si256(
	    _mm256_and_si256(_mm256_shuffle_epi8(first_high, high_half(first)),
		_mm256_shuffle_epi8(first_low, low)),
	    _mm256_shuffle_epi8(second_high, high_half(v)));
	/* The top bit where a third or a fourth byte must be. */
	const __m256i must = _mm256_or_si256(
	    _mm256_subs_epu8(BEFORE(v, 2), _mm256_set1_epi8(0xe0 - 0x80)),
	    _mm256_subs_epu8(
		BEFORE(v, 3), _mm256_set1_epi8((char)(0xf0 - 0x80))));
	const __m256i third =
	    _mm256_and_si256(must, _mm256_set1_epi8((char)0x80));

	/* There TWO_FOLLOW, the top bit too, is right, and else nowhere. */
	return ~marks(_mm256_cmpeq_epi8(
	    _mm256_xor_si256(third, pair), _mm256_setzero_si256()));
}

/* Without the character that the first n bytes begin and do not end. */
static inline size_t
whole(const char *at, size_t n)
{
	if (n >= 1 && (unsigned char)at[n - 1] >= 0xc0)
		return n - 1;
	if (n >= 2 && (unsigned char)at[n - 2] >= 0xe0)
		return n - 2;
	if (n >= 3 && (unsigned char)at[n - 3] >= 0xf0)
		return n - 3;
	return n;
}

AVX2_TARGET static inline size_t
passes(avx2_unit v, const char *at)
{
	uint64_t stops = avx2_stops(v), high;

	if (stops == 0)
		return AVX2_BYTES;
	high = marks(v);
	/* Usually the first stop is ASCII. */
	if ((stops & -stops & high) == 0)
		return (size_t)__builtin_ctzll(stops);
	stops = (stops & ~high) | broken(v) | UINT64_C(1) << AVX2_BYTES;
	return whole(at, (size_t)__builtin_ctzll(stops));
}

#define UNIT(name) avx2_##name
#define UNIT_BYTES AVX2_BYTES
#define UNIT_LANE AVX2_LANE
#define UNIT_TARGET AVX2_TARGET
#define UNIT_SMALLER plain_sse2
#define UNIT_PASSES passes
#define UNIT_SPLIT 3
#include "lib/plain_loop.inc"

const struct plain_twin plain_avx2 = { "avx2", run, text, escape, line };

#endif
