/* SPDX-License-Identifier: MIT */
/*
 * rexcand -- generated patterns, alone and many together, over generated lines
 * of JSON strings: a line whose text a pattern matches must be a candidate, and
 * of many the first that matches must be found.  And: which characters
 * beyond ASCII match an ASCII one without case, for rex_lits() relies on it.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/jstr.h"
#include "lib/rex.h"

#define PATTERNS 3000
#define LINES 60
#define SETS 60
#define SET_MOST 150 /* patterns in one */

static const char *const atoms[] = { "error", "fail", "Ab", "k", "s", "ks",
	"(?:ab|cd)", "(ab|)", "(?i)", "(?i:ab)", "(?-i:Ab)", "a{2}", "b{0,2}",
	"a{2}{0}", "aab{2}{0}", "x(ab){1}{0}", "a?", "b*", "c+", "[ab]",
	"[^]a]", "[[:alpha:]]", "\\.", "\\d", "\\x41", "\\101", "\\Qab\\E",
	"(?#x)", "(?=ab)", "(?!ab)", "(?<=a)", "(?<!b)", "(?<n>ab)", "\\1", "|",
	"|cd", ".", "^", "$", "\\b", "\\B", "é", "\"", "/", "\\\\", "{", "{x}",
	"a{,2}", "(?x) a b", "(?>ab)", "(?|ab|cd)", "\\p{L}", "\\pL", "\\N",
	"\\R", "\\h", "\\K", "\\t", "\\n", "a(?#y)*", "[\\]a]", "[a\\Q]\\E]",
	"(?:a(?i)b|c)D", "(?^:a)", "x\\E*", "\\N{U+41}", "(?i)(?^)Ab", "++",
	"*?", "??" };
#define N_ATOMS (sizeof(atoms) / sizeof(*atoms))
static const char *const words[] = { "error", "ERROR", "fail", "ab", "aB", "AB",
	"Ab", "k", "\342\204\252", "\305\277", "S", "cd", "aa", "aab", "A",
	"\"", "/", "\\", "é", "É", "\t", "x", "{", "{x}", ".", "7", " ", "ccc",
	"cD", "\r" };
#define N_WORDS (sizeof(words) / sizeof(*words))

static unsigned seed = 5;

static unsigned
below(size_t n)
{
	seed = seed * 1103515245u + 12345u;
	return (unsigned)((seed >> 16) % n);
}

/* As some writer of JSON might put it: any character may be an escape. */
static void
add_json(struct buf *b, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (c < 0x80 && below(12) == 0)
			buf_addf(b, below(2) ? "\\u%04x" : "\\u%04X", c);
		else if (c == '"' || c == '\\' || (c == '/' && below(2)))
			buf_addf(b, "\\%c", c);
		else if (c == '\t' || c == '\r')
			buf_adds(b, c == '\t' ? "\\t" : "\\r");
		else
			buf_addc(b, (char)c);
	}
}

struct lines {
	struct buf block;
	struct buf text[LINES];
};

static void
make_lines(struct lines *l, bool json)
{
	buf_reset(&l->block);
	for (size_t i = 0; i < LINES; i++) {
		struct buf *t = &l->text[i];

		buf_reset(t);
		for (unsigned n = below(6); n > 0; n--)
			buf_adds(t, words[below(N_WORDS)]);
		if (json) {
			buf_adds(&l->block, "{\"log_line\":\"");
			add_json(&l->block, buf_span(t));
			buf_adds(&l->block, "\"}");
		} else {
			buf_add(&l->block, buf_span(t));
		}
		buf_addc(&l->block, '\n');
	}
}

/* How many lines match; asserts that each of them is a candidate. */
static unsigned
check(struct rex *r, struct lines *l, bool json)
{
	bool candidate[LINES] = { false };
	struct span block = buf_span(&l->block);
	struct rex_line found;
	size_t from = 0, at = 0, i = 0;
	unsigned matched = 0;

	while (rex_candidate(r, block, &from, json, &found)) {
		for (; block.at + at < found.line.at; at++)
			i += block.at[at] == '\n';
		candidate[i] = true;
	}
	for (i = 0; i < LINES; i++) {
		if (rex_match(r, buf_span(&l->text[i]), NULL) == REX_NO)
			continue;
		matched++;
		assert(candidate[i]);
	}
	return matched;
}

static int
add_pattern(struct rex *r)
{
	char pattern[256] = "", why[REX_WHY];

	for (unsigned n = 1 + below(4); n > 0; n--)
		strcat(pattern, atoms[below(N_ATOMS)]);
	return rex_add(r, span_of(pattern), below(2) ? REX_ICASE : 0, why);
}

static void
lines_release(struct lines *l)
{
	buf_release(&l->block);
	for (size_t i = 0; i < LINES; i++)
		buf_release(&l->text[i]);
}

static void
check_patterns(void)
{
	static struct lines l;
	unsigned long used = 0, matched = 0;

	for (unsigned k = 0; k < PATTERNS; k++) {
		struct rex *r = rex_new();
		bool json = below(2) != 0;

		if (add_pattern(r) == 0) {
			rex_compile(r);
			used++;
			make_lines(&l, json);
			matched += check(r, &l, json);
		}
		rex_free(r);
	}
	assert(used > PATTERNS / 3);
	assert(matched > used);
	lines_release(&l);
}

/* The i-th text and its line: rex_may() names all that rex_one() finds. */
static void
check_each(struct rex *r, size_t n, struct span text, struct span line)
{
	uint64_t plain[SET_MOST / 64 + 1], json[SET_MOST / 64 + 1];
	struct rex_budget budget = { 0, 0 };
	struct rex_hit hit;
	size_t first = n;

	assert(rex_words(r) <= SET_MOST / 64 + 1);
	rex_may(r, text, false, plain);
	rex_may(r, line, true, json);
	for (size_t i = n; i-- > 0;) {
		if (rex_one(r, i, text, &budget, NULL) == REX_NO)
			continue;
		first = i;
		assert(plain[i / 64] >> (i % 64) & 1);
		assert(json[i / 64] >> (i % 64) & 1);
	}
	assert((rex_match(r, text, &hit) == REX_YES) == (first < n));
	assert(first == n || hit.pattern == first);
}

static void
check_sets(void)
{
	static struct lines l;

	for (unsigned k = 0; k < SETS; k++) {
		struct rex *r = rex_new();
		size_t n = 0, want = 1 + below(SET_MOST);
		char why[REX_WHY], word[16];
		struct span rest;

		/* Half of the sets have literals in every pattern. */
		while (n < want) {
			snprintf(
			    word, sizeof(word), "w%zu|%s", n, words[below(7)]);
			if (k % 2 == 0 && add_pattern(r) == 0)
				n++;
			else if (rex_add(r, span_of(word), below(2), why) == 0)
				n++;
		}
		rex_compile(r);
		make_lines(&l, true);
		check(r, &l, true);
		rest = buf_span(&l.block);
		for (size_t i = 0; i < LINES; i++) {
			struct span line = rest;

			line.len = strcspn(rest.at, "\n");
			check_each(r, n, buf_span(&l.text[i]), line);
			rest = span_skip(rest, line.len + 1);
		}
		rex_free(r);
	}
	lines_release(&l);
}

static size_t
utf8(char *dst, unsigned c)
{
	if (c < 0x800) {
		dst[0] = (char)(0xc0 | c >> 6);
		dst[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		dst[0] = (char)(0xe0 | c >> 12);
		dst[1] = (char)(0x80 | (c >> 6 & 63));
		dst[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	dst[0] = (char)(0xf0 | c >> 18);
	dst[1] = (char)(0x80 | (c >> 12 & 63));
	dst[2] = (char)(0x80 | (c >> 6 & 63));
	dst[3] = (char)(0x80 | (c & 63));
	return 4;
}

static void
check_folds(void)
{
	struct rex *r = rex_new();
	char why[REX_WHY], text[4];

	assert(rex_add(r, SPAN("[ -~]"), REX_ICASE, why) == 0);
	rex_compile(r);
	for (unsigned c = 0x80; c < 0x110000; c++) {
		struct span s = { text, utf8(text, c) };
		bool yes = rex_match(r, s, NULL) == REX_YES;

		assert(yes == (c == 0x17f || c == 0x212a));
	}
	rex_free(r);
}

int
main(void)
{
	check_patterns();
	check_sets();
	check_folds();
	return 0;
}
