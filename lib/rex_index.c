/* SPDX-License-Identifier: MIT */
#include "lib/rex_index.h"

#include <stdlib.h>
#include <string.h>

#define WIDE 4
#define NARROW 2
#define HASH_BITS 17
#define HASHES (UINT32_C(1) << HASH_BITS)
#define WORDS (HASHES / 64)
#define BUCKETS (HASHES / 16)

static uint32_t
hash(uint32_t folded)
{
	return folded * UINT32_C(2654435761) >> (32 - HASH_BITS);
}

/* Bit 5 set is lower case for letters; that others fall together is harmless. */
static uint32_t
wide_at(const char *at)
{
	uint32_t x;

	memcpy(&x, at, sizeof(x));
	return hash(x | UINT32_C(0x20202020));
}

static uint32_t
narrow_at(const char *at)
{
	uint16_t x;

	memcpy(&x, at, sizeof(x));
	return hash(x | UINT32_C(0x2020));
}

static bool
has(const uint64_t *bits, uint32_t h)
{
	return (bits[h / 64] >> (h % 64) & 1) != 0;
}

static void
set(uint64_t *bits, uint32_t h)
{
	bits[h / 64] |= UINT64_C(1) << (h % 64);
}

bool
index_add(
    struct index *x, struct span text, enum scan_kind kind, uint32_t owner)
{
	struct index_entry *entries;
	size_t size = x->size == 0 ? 64 : 2 * x->size;

	if (text.len < NARROW)
		return false;
	if (x->n == x->size) {
		entries = realloc(x->entries, size * sizeof(*entries));
		if (entries == NULL)
			return false;
		x->entries = entries;
		x->size = size;
	}
	scan_literal_init(&x->entries[x->n].literal, text, kind);
	x->entries[x->n++].owner = owner;
	return true;
}

static int
by_hash(const void *a, const void *b)
{
	const struct index_entry *e = a, *f = b;

	return (e->hash > f->hash) - (e->hash < f->hash);
}

static void
enter(struct index *x, struct index_entry *e)
{
	bool wide = e->literal.len >= WIDE;
	size_t shift = scan_rarest(&e->literal, wide ? WIDE : NARROW);
	const char *at = e->literal.text + shift;

	e->literal.shift = shift;
	e->hash = wide ? wide_at(at) : narrow_at(at);
	set(wide ? x->wide : x->narrow, e->hash);
	x->has_narrow = x->has_narrow || !wide;
}

bool
index_build(struct index *x)
{
	size_t n = 0;

	x->wide = calloc(WORDS, sizeof(*x->wide));
	x->narrow = calloc(WORDS, sizeof(*x->narrow));
	x->first = calloc(BUCKETS + 1, sizeof(*x->first));
	if (x->wide == NULL || x->narrow == NULL || x->first == NULL)
		return false;
	for (size_t i = 0; i < x->n; i++)
		enter(x, &x->entries[i]);
	qsort(x->entries, x->n, sizeof(*x->entries), by_hash);
	for (uint32_t b = 0; b < BUCKETS; b++) {
		x->first[b] = (uint32_t)n;
		while (n < x->n && x->entries[n].hash / 16 == b)
			n++;
	}
	x->first[BUCKETS] = (uint32_t)n;
	return true;
}

void
index_release(struct index *x)
{
	free(x->entries);
	free(x->wide);
	free(x->narrow);
	free(x->first);
	*x = (struct index){ .n = 0 };
}

/* What is looked for, and what is done where it stands. */
struct look {
	const struct index *x;
	struct span text;
	bool json;
	uint64_t *owners; /* NULL: the first place is enough */
	const char *found;
	bool hidden;
};

/* The entries whose window has this hash, at i; true: that is all. */
static bool
compare(struct look *l, uint32_t h, size_t i)
{
	const struct index *x = l->x;

	for (uint32_t k = x->first[h / 16]; k < x->first[h / 16 + 1]; k++) {
		const struct index_entry *e = &x->entries[k];

		if (e->hash != h || i < e->literal.shift ||
		    !scan_literal_stands(
			&e->literal, l->text, i - e->literal.shift, l->json))
			continue;
		if (l->owners == NULL) {
			l->found = l->text.at + i - e->literal.shift;
			return true;
		}
		if (e->literal.kind == SCAN_ESCAPE) {
			l->hidden = true;
			return true;
		}
		if (e->owner != INDEX_NOBODY)
			set(l->owners, e->owner);
	}
	return false;
}

static void
look(struct look *l, size_t from)
{
	const struct index *x = l->x;
	const char *at = l->text.at;
	size_t i = from;

	for (; i + WIDE <= l->text.len; i++) {
		uint32_t h = wide_at(at + i);

		if (has(x->wide, h) && compare(l, h, i))
			return;
		if (!x->has_narrow)
			continue;
		h = narrow_at(at + i);
		if (has(x->narrow, h) && compare(l, h, i))
			return;
	}
	for (; x->has_narrow && i + NARROW <= l->text.len; i++) {
		uint32_t h = narrow_at(at + i);

		if (has(x->narrow, h) && compare(l, h, i))
			return;
	}
}

const char *
index_find(const struct index *x, struct span block, size_t at, bool json)
{
	struct look l = { .x = x, .text = block, .json = json };

	look(&l, at);
	return l.found;
}

bool
index_owners(
    const struct index *x, struct span text, bool json, uint64_t *owners)
{
	struct look l = {
		.x = x, .text = text, .json = json, .owners = owners
	};

	look(&l, 0);
	return !l.hidden;
}
