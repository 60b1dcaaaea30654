/* SPDX-License-Identifier: MIT */
/*
 * A line that follows another begins behind "}\\n": so where the processor can
 * look at many bytes at once, only those beside each newline are looked at.
 */
#include "frame.h"

#include <stddef.h>

static bool
by_lines(struct span block, uintmax_t *lines)
{
	const char *p = block.at, *end = block.at + block.len;
	bool sound = true;

	for (*lines = 0; p < end; ++*lines) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));

		if (newline == NULL)
			newline = end;
		sound = sound && *p == '{' && newline[-1] == '}';
		p = newline + 1;
	}
	return sound;
}

#ifdef __SSE2__
#include <immintrin.h>

#define LANES 32
#define AVX2 __attribute__((target("avx2")))

AVX2 static unsigned
newlines(const char *at)
{
	return (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(
	    _mm256_loadu_si256((const __m256i *)(const void *)at),
	    _mm256_set1_epi8('\n')));
}

/*
 * The newlines from the second byte on, as far as whole lanes reach; both
 * neighbours of each are in the block.  Returns where the lanes end.
 */
AVX2 static size_t
by_lanes(struct span block, bool *sound, uintmax_t *lines)
{
	bool good = true;
	size_t i = 1;

	*lines = 0;
	for (; i + 2 * LANES < block.len; i += 2 * LANES) {
		const char *p = block.at + i;
		uint64_t found =
		    newlines(p) | (uint64_t)newlines(p + LANES) << LANES;

		for (; found != 0; found &= found - 1, ++*lines) {
			const char *at = p + __builtin_ctzll(found);

			good = good && at[-1] == '}' && at[1] == '{';
		}
	}
	*sound = good;
	return i;
}

static bool
by_newlines(struct span block, uintmax_t *lines)
{
	bool sound;
	uintmax_t rest;
	size_t i = by_lanes(block, &sound, lines);

	while (i > 1 && block.at[i - 1] != '\n')
		i--;
	/* Behind the last newline that was seen; there is none: all of it. */
	sound = by_lines(span_skip(block, i == 1 ? 0 : i), &rest) && sound;
	*lines += rest;
	return sound;
}
#endif

bool
frame_is_sound(struct span block, uintmax_t *lines)
{
#ifdef __SSE2__
	if (block.len > LANES && block.at[0] == '{' &&
	    __builtin_cpu_supports("avx2"))
		return by_newlines(block, lines);
#endif
	return by_lines(block, lines);
}
