/* SPDX-License-Identifier: MIT */
/*
 * rexscan -- random blocks and literals: what scan_find() finds, the portable
 * twin and a plain search must find too, line for line.
 */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/rex_scan.h"

#define ROUNDS 4000
#define BLOCK 700

static unsigned seed = 11;

static unsigned
below(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

static bool
word_at(const struct scan_literal *l, const char *at)
{
	for (size_t i = 0; i < l->len; i++)
		if (tolower((unsigned char)at[i]) !=
		    tolower((unsigned char)l->text[i]))
			return false;
	return true;
}

/* The line in which the first hit is, by plain search; -1: none. */
static long
plain(const struct scan *s, struct span b, bool json)
{
	long line = 0;

	for (size_t i = 0; i < b.len; i++) {
		for (size_t k = 0; k < s->n; k++) {
			const struct scan_literal *l = &s->literals[k];

			if (i + l->len > b.len)
				continue;
			if (l->kind == SCAN_WORD && word_at(l, b.at + i))
				return line;
			if (l->kind == SCAN_LINE_START &&
			    (i == 0 || b.at[i - 1] == '\n') &&
			    memcmp(b.at + i, l->text, l->len) == 0)
				return line;
			if (l->kind == SCAN_ESCAPE && json &&
			    memcmp(b.at + i, "\\u00", 4) == 0 &&
			    i + 4 < b.len && b.at[i + 4] >= '2' &&
			    b.at[i + 4] <= '7')
				return line;
		}
		line += b.at[i] == '\n';
	}
	return -1;
}

static long
line_of(struct span b, const char *found)
{
	long line = 0;

	if (found == NULL)
		return -1;
	for (const char *p = b.at; p < found; p++)
		line += *p == '\n';
	return line;
}

int
main(void)
{
	static const char letters[] = "abAB\\u0067e\n\n{\"x";
	unsigned long hits = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct scan s;
		char *block = malloc(BLOCK);
		struct span b = { block, below(BLOCK) + 1 };
		unsigned literals = below(SCAN_MAX - 1);

		scan_init(&s);
		for (unsigned k = 0; k < literals; k++) {
			char text[SCAN_LITERAL];
			size_t len = 1 + below(round % 2 ? 6 : 12);

			for (size_t i = 0; i < len; i++)
				text[i] = "abcdeghxyz{\""[below(12)];
			scan_add(&s, (struct span){ text, len },
			    below(8) == 0 ? SCAN_LINE_START : SCAN_WORD);
		}
		scan_build(&s);
		for (size_t i = 0; i < b.len; i++)
			block[i] = below(4) == 0
			    ? letters[below(sizeof(letters) - 1)]
			    : (char)('m' + below(10));
		for (int json = 0; json < 2; json++) {
			long want = plain(&s, b, json != 0);

			s.portable = false;
			assert(
			    line_of(b, scan_find(&s, b, 0, json != 0, NULL)) ==
			    want);
			s.portable = true;
			assert(
			    line_of(b, scan_find(&s, b, 0, json != 0, NULL)) ==
			    want);
			hits += want >= 0;
		}
		free(block);
	}
	assert(hits > ROUNDS / 4 && hits < 2 * ROUNDS);
	return 0;
}
