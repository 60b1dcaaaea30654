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

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define LANES 32
#define AVX2 __attribute__((target("avx2")))

AVX2 static __m256i
equal(const char *at, char c)
{
	return _mm256_cmpeq_epi8(
	    _mm256_loadu_si256((const __m256i *)(const void *)at),
	    _mm256_set1_epi8(c));
}

AVX2 static uintmax_t
sum(__m256i bytes)
{
	uint64_t part[4];

	_mm256_storeu_si256((__m256i *)(void *)part,
	    _mm256_sad_epu8(bytes, _mm256_setzero_si256()));
	return part[0] + part[1] + part[2] + part[3];
}

/*
 * The newlines from the second byte on, as far as whole lanes reach; both
 * neighbours of each are in the block.  Returns where the lanes end.
 */
AVX2 static size_t
by_lanes(struct span block, bool *sound, uintmax_t *lines)
{
	__m256i bad = _mm256_setzero_si256();
	size_t i = 1;

	for (*lines = 0; i + LANES < block.len;) {
		__m256i found = _mm256_setzero_si256();

		/* As often as a byte can count. */
		for (int n = 0; n < 255 && i + LANES < block.len; n++) {
			const char *p = block.at + i;
			__m256i newline = equal(p, '\n');
			__m256i good = _mm256_and_si256(
			    equal(p - 1, '}'), equal(p + 1, '{'));

			bad = _mm256_or_si256(
			    bad, _mm256_andnot_si256(good, newline));
			found = _mm256_sub_epi8(found, newline);
			i += LANES;
		}
		*lines += sum(found);
	}
	*sound = _mm256_testz_si256(bad, bad);
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
#if defined(__x86_64__) && defined(__GNUC__)
	if (block.len > LANES && block.at[0] == '{' &&
	    __builtin_cpu_supports("avx2"))
		return by_newlines(block, lines);
#endif
	return by_lines(block, lines);
}
