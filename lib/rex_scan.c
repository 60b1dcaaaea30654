/* SPDX-License-Identifier: MIT */
/*
 * What the AVX2 loop sees is a superset once more: a nibble pair may belong to
 * no byte that was put in.  Every place is therefore compared in full.
 */
#include "lib/rex_scan.h"

#include "lib/ascii.h"

static bool
rest_is_same(const struct scan_literal *l, const char *at)
{
	for (size_t i = 0; i < l->len; i++) {
		uint8_t c = (uint8_t)at[i];

		if (l->kind == SCAN_WORD)
			c = (uint8_t)to_lower(at[i]);
		if (c != (uint8_t)l->text[i])
			return false;
	}
	return true;
}

/* By its first bytes, which are all of most; false: surely not. */
static inline bool
may_stand(const struct scan_literal *l, struct span block, size_t at)
{
	uint64_t first;

	if (at + sizeof(first) > block.len)
		return true;
	memcpy(&first, block.at + at, sizeof(first));
	return ((first | l->fold) & l->mask) == l->first;
}

bool
scan_literal_stands(
    const struct scan_literal *l, struct span block, size_t at, bool json)
{
	if (!may_stand(l, block, at) || at + l->len > block.len ||
	    !rest_is_same(l, block.at + at))
		return false;
	switch (l->kind) {
	case SCAN_LINE_START: return at == 0 || block.at[at - 1] == '\n';
	case SCAN_ESCAPE:
		return json && at + l->len < block.len &&
		    block.at[at + l->len] >= '2' &&
		    block.at[at + l->len] <= '7';
	default: return true;
	}
}

/* What is searched, and what for. */
struct search {
	const struct scan *scan;
	struct span block;
	bool json;
	const struct scan_sieve *sieve;
};

static bool
taken(const struct search *q, const struct scan_literal *l, size_t at)
{
	return q->sieve == NULL || l->kind != SCAN_WORD ||
	    q->sieve->take(q->sieve->arg, q->block, at);
}

/* A literal of the buckets whose window is at `window`, or NULL. */
static const char *
compare(const struct search *q, size_t window, unsigned buckets)
{
	const struct scan *s = q->scan;

	for (; buckets != 0; buckets &= buckets - 1) {
		size_t b = (size_t)__builtin_ctz(buckets);

		for (size_t i = s->bucket[b]; i < s->bucket[b + 1]; i++) {
			const struct scan_literal *l = &s->literals[i];

			const size_t at = window - l->shift;

			if (window >= l->shift && may_stand(l, q->block, at) &&
			    scan_literal_stands(l, q->block, at, q->json) &&
			    taken(q, l, at))
				return q->block.at + at;
		}
	}
	return NULL;
}

static unsigned
look_up(const struct scan *s, struct span block, size_t i)
{
	const uint8_t *p = (const uint8_t *)block.at + i;
	unsigned m = s->table[0][p[0]];

	m &= i + 1 < block.len ? s->table[1][p[1]] : s->open[1];
	return m & (i + 2 < block.len ? s->table[2][p[2]] : s->open[2]);
}

static const char *
find_portable(const struct search *q, size_t at)
{
	const struct scan *s = q->scan;
	struct span block = q->block;

	for (size_t i = at; i < block.len; i++) {
		unsigned m = look_up(s, block, i);
		const char *found;

		if (m != 0 && (found = compare(q, i, m)) != NULL)
			return found;
	}
	return NULL;
}

#ifdef __SSE2__
#include <immintrin.h>

#define LANES 32
#define REACH (LANES + SCAN_WINDOW) /* what looking at them reads */

__attribute__((target("avx2"))) static inline __m256i
table_of(const uint8_t nibbles[16])
{
	return _mm256_broadcastsi128_si256(
	    _mm_loadu_si128((const __m128i *)(const void *)nibbles));
}

__attribute__((target("avx2"))) static inline __m256i
buckets_of(__m256i bytes, __m256i low, __m256i high)
{
	const __m256i nibble = _mm256_set1_epi8(15);
	__m256i l = _mm256_and_si256(bytes, nibble);
	__m256i h = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble);

	return _mm256_and_si256(
	    _mm256_shuffle_epi8(low, l), _mm256_shuffle_epi8(high, h));
}

__attribute__((target("avx2"))) static inline __m256i
load(const char *at)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)at);
}

struct lanes {
	__m256i low[SCAN_WINDOW], high[SCAN_WINDOW];
};

/* Where in 32 places from here a literal may stand; a bit for each. */
__attribute__((target("avx2"))) static inline unsigned
places_at(const struct lanes *t, const char *at)
{
	__m256i m = _mm256_and_si256(
	    buckets_of(load(at), t->low[0], t->high[0]),
	    _mm256_and_si256(buckets_of(load(at + 1), t->low[1], t->high[1]),
		buckets_of(load(at + 2), t->low[2], t->high[2])));

	return ~(unsigned)_mm256_movemask_epi8(
	    _mm256_cmpeq_epi8(m, _mm256_setzero_si256()));
}

static inline const char *
look_at(const struct search *q, size_t from, uint64_t places)
{
	for (; places != 0; places &= places - 1) {
		size_t k = from + (size_t)__builtin_ctzll(places);
		unsigned exact = look_up(q->scan, q->block, k);
		const char *found;

		if (exact != 0 && (found = compare(q, k, exact)) != NULL)
			return found;
	}
	return NULL;
}

__attribute__((target("avx2"))) static const char *
find_avx2(const struct search *q, size_t at)
{
	const struct scan *s = q->scan;
	const struct span block = q->block;
	const struct lanes t = {
		{ table_of(s->low[0]), table_of(s->low[1]),
		    table_of(s->low[2]) },
		{ table_of(s->high[0]), table_of(s->high[1]),
		    table_of(s->high[2]) },
	};
	const char *found;
	uint64_t places;
	size_t i = at;

	for (; i + LANES + REACH <= block.len; i += 2 * LANES) {
		places = places_at(&t, block.at + i) |
		    (uint64_t)places_at(&t, block.at + i + LANES) << LANES;
		if (places != 0 && (found = look_at(q, i, places)) != NULL)
			return found;
	}
	for (; i + REACH <= block.len; i += LANES) {
		places = places_at(&t, block.at + i);
		if (places != 0 && (found = look_at(q, i, places)) != NULL)
			return found;
	}
	/* The last lanes once more from the end, without what was. */
	if (i > at && i + SCAN_WINDOW < block.len) {
		const size_t from = block.len - REACH;

		places = places_at(&t, block.at + from) & ~0u << (i - from);
		if ((found = look_at(q, from, places)) != NULL)
			return found;
		i = from + LANES;
	}
	return find_portable(q, i);
}
#endif

const char *
scan_find(const struct scan *s, struct span block, size_t at, bool json,
    const struct scan_sieve *sieve)
{
	const struct search q = { s, block, json, sieve };

#ifdef __SSE2__
	if (!s->portable && __builtin_cpu_supports("avx2"))
		return find_avx2(&q, at);
#endif
	return find_portable(&q, at);
}
