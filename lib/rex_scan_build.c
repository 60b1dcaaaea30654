/* SPDX-License-Identifier: MIT */
/*
 * The literals are dealt out to 8 buckets, one bit of a table entry each.
 * Those whose windows are alike share one, for a bucket answers to any mixture
 * of its windows' bytes: windows are dealt out evenly, not literals.
 */
#include <stdlib.h>

#include "lib/ascii.h"
#include "lib/rex_scan.h"

void
scan_init(struct scan *s)
{
	*s = (struct scan){ .n = 0 };
	scan_add(s, SPAN("\\u00"), SCAN_ESCAPE);
}

/*
 * Where most of them are letters: blanks, digits and punctuation are all over a
 * log.  Which letters they are makes no difference that could be measured.
 */
size_t
scan_rarest(const struct scan_literal *l, size_t window)
{
	size_t best = 0, most = 0;

	for (size_t i = 0; i + window <= l->len; i++) {
		size_t letters = 0;

		for (size_t j = 0; j < window; j++)
			letters += is_letter(l->text[i + j]);
		if (letters > most) {
			most = letters;
			best = i;
		}
	}
	return best;
}

/*
 * Of a head of lines: the last letter and its neighbours.  Other lines begin
 * much the same, and punctuation is everywhere.
 */
static size_t
last_letter(const struct scan_literal *l)
{
	size_t i = l->len < SCAN_WINDOW ? 0 : l->len - SCAN_WINDOW;

	while (i > 0 && !is_letter(l->text[i + 1]))
		i--;
	return i;
}

static void
set_first(struct scan_literal *l)
{
	unsigned char first[8] = { 0 }, fold[8] = { 0 }, mask[8] = { 0 };

	for (size_t i = 0; i < sizeof(first) && i < l->len; i++) {
		char c = l->text[i];

		first[i] = (unsigned char)c;
		mask[i] = 0xff;
		if (l->kind == SCAN_WORD && c >= 'a' && c <= 'z')
			fold[i] = 0x20;
	}
	memcpy(&l->first, first, sizeof(first));
	memcpy(&l->fold, fold, sizeof(fold));
	memcpy(&l->mask, mask, sizeof(mask));
}

void
scan_literal_init(struct scan_literal *l, struct span text, enum scan_kind kind)
{
	l->kind = kind;
	l->len = text.len < SCAN_LITERAL ? text.len : SCAN_LITERAL;
	for (size_t i = 0; i < l->len; i++)
		l->text[i] =
		    kind == SCAN_WORD ? (char)to_lower(text.at[i]) : text.at[i];
	set_first(l);
	l->shift = kind == SCAN_LINE_START ? last_letter(l)
					   : scan_rarest(l, SCAN_WINDOW);
}

bool
scan_add(struct scan *s, struct span text, enum scan_kind kind)
{
	if (s->n == SCAN_MAX || text.len == 0)
		return false;
	scan_literal_init(&s->literals[s->n++], text, kind);
	return true;
}

static bool
holds(const struct scan_literal *l, const struct scan_literal *part)
{
	return l->kind == SCAN_WORD && part->kind == SCAN_WORD &&
	    memmem(l->text, l->len, part->text, part->len) != NULL;
}

/* Where "error" stands "err" does too: only the shorter is looked for. */
static void
drop_longer(struct scan *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		bool needed = true;

		for (size_t j = 0; needed && j < s->n; j++)
			needed = j == i ||
			    !holds(&s->literals[i], &s->literals[j]) ||
			    (i < j && holds(&s->literals[j], &s->literals[i]));
		if (needed)
			s->literals[kept++] = s->literals[i];
	}
	s->n = kept;
}

static void
enter(struct scan *s, size_t place, uint8_t c, uint8_t bucket)
{
	s->table[place][c] |= bucket;
	s->low[place][c & 15] |= bucket;
	s->high[place][c >> 4] |= bucket;
}

static int
by_window(const void *a, const void *b)
{
	const struct scan_literal *l = a, *m = b;

	return memcmp(l->text + l->shift, m->text + m->shift, SCAN_WINDOW);
}

static void
enter_literal(struct scan *s, const struct scan_literal *l, uint8_t bucket)
{
	for (size_t j = 0; j < SCAN_WINDOW; j++) {
		uint8_t c;

		if (l->shift + j >= l->len) {
			s->open[j] |= bucket;
			for (unsigned any = 0; any < 256; any++)
				enter(s, j, (uint8_t)any, bucket);
			continue;
		}
		c = (uint8_t)l->text[l->shift + j];
		enter(s, j, c, bucket);
		if (l->kind == SCAN_WORD && c >= 'a' && c <= 'z')
			enter(s, j, c & (uint8_t)~0x20, bucket);
	}
}

/* How many different windows literals [0, n) have; sorted, they lie together. */
static size_t
windows(const struct scan *s, size_t n)
{
	size_t different = n > 0;

	for (size_t i = 1; i < n; i++)
		different +=
		    by_window(&s->literals[i - 1], &s->literals[i]) != 0;
	return different;
}

void
scan_build(struct scan *s)
{
	size_t all, b = 0;

	drop_longer(s);
	qsort(s->literals, s->n, sizeof(*s->literals), by_window);
	all = windows(s, s->n);
	for (size_t i = 0; i < s->n; i++) {
		const size_t of = (windows(s, i + 1) - 1) * SCAN_BUCKETS / all;

		while (b < of)
			s->bucket[++b] = i;
		enter_literal(s, &s->literals[i], (uint8_t)(1u << b));
	}
	while (b < SCAN_BUCKETS)
		s->bucket[++b] = s->n;
}
