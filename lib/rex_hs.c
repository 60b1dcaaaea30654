/* SPDX-License-Identifier: MIT */
#include "lib/rex_hs.h"

#ifdef HAVE_LIBHS
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hs/hs.h>

#define ID_HIT 0
#define ID_HIT_IN_JSON 1

/* What hs_compile_multi(3) takes. */
struct expressions {
	char **text;
	unsigned *flags, *ids;
	unsigned n, size;
	bool unusable;
};

struct rex_hs {
	struct expressions literals, patterns;
	bool by_literals, unusable, anchored;
	hs_database_t *database;
	hs_scratch_t *scratch;
	/* The block that was scanned last: a bit for each byte of it. */
	const char *at;
	size_t len;
	bool json;
	uint64_t *bits;
	size_t bits_size; /* words */
};

struct rex_hs *
rex_hs_new(void)
{
	if (hs_valid_platform() != HS_SUCCESS)
		return NULL;
	return calloc(1, sizeof(struct rex_hs));
}

static void
expressions_release(struct expressions *e)
{
	for (unsigned i = 0; i < e->n; i++)
		free(e->text[i]);
	free(e->text);
	free(e->flags);
	free(e->ids);
	*e = (struct expressions){ .n = 0 };
}

void
rex_hs_free(struct rex_hs *h)
{
	if (h == NULL)
		return;
	expressions_release(&h->literals);
	expressions_release(&h->patterns);
	free(h->bits);
	hs_free_scratch(h->scratch);
	hs_free_database(h->database);
	free(h);
}

void
rex_hs_no_pattern(struct rex_hs *h)
{
	h->patterns.unusable = true;
}

static bool
grow(struct expressions *e)
{
	unsigned size = e->size == 0 ? 16 : 2 * e->size;
	char **text;
	unsigned *flags, *ids;

	if (e->n < e->size)
		return true;
	if ((text = realloc(e->text, size * sizeof(*text))) != NULL)
		e->text = text;
	if ((flags = realloc(e->flags, size * sizeof(*flags))) != NULL)
		e->flags = flags;
	if ((ids = realloc(e->ids, size * sizeof(*ids))) != NULL)
		e->ids = ids;
	if (text == NULL || flags == NULL || ids == NULL)
		return false;
	e->size = size;
	return true;
}

/* Takes the text, which malloc(3) made. */
static void
add(struct expressions *e, char *text, unsigned flags, unsigned id)
{
	if (text == NULL || !grow(e)) {
		free(text);
		e->unusable = true;
		return;
	}
	e->text[e->n] = text;
	e->flags[e->n] = flags;
	e->ids[e->n++] = id;
}

/* head: at the start of a line only.  Every byte as \xNN. */
static char *
quoted(struct span s, const char *head)
{
	char *text = malloc(4 * s.len + strlen(head) + 1), *p = text;

	if (text == NULL)
		return NULL;
	p = stpcpy(p, head);
	for (size_t i = 0; i < s.len; i++)
		p += sprintf(p, "\\x%02x", (unsigned char)s.at[i]);
	return text;
}

static bool
is_plain(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] == '\0' || (s.at[i] & 0x80) != 0)
			return false;
	return true;
}

enum fitness {
	FIT,
	FIT_FOR_LINES, /* asks where a text begins or ends */
	UNFIT /* and in a way that libhs takes for the block's */
};

/* (?m) and (?^) at i change what ^ and $ mean. */
static bool
changes_lines(struct span p, size_t i)
{
	for (i += 2; i < p.len; i++) {
		if (p.at[i] == 'm' || p.at[i] == '^')
			return true;
		if (p.at[i] != '-' && (p.at[i] < 'a' || p.at[i] > 'z'))
			break;
	}
	return false;
}

/* Rather less fit than more: classes are read as if they were none. */
static enum fitness
fitness(struct span p)
{
	enum fitness found = FIT;

	for (size_t i = 0; i < p.len; i++) {
		char next = i + 1 < p.len ? p.at[i + 1] : '\0';

		if (p.at[i] == '\\') {
			if (next != '\0' && strchr("AZzQ", next) != NULL)
				return UNFIT;
			i++;
		} else if (p.at[i] == '(' && next == '?') {
			if (changes_lines(p, i))
				return UNFIT;
		} else if (p.at[i] == '$' ||
		    (p.at[i] == '^' && (i == 0 || p.at[i - 1] != '['))) {
			found = FIT_FOR_LINES;
		}
	}
	return found;
}

void
rex_hs_add_literal(struct rex_hs *h, struct span literal)
{
	add(&h->literals, quoted(literal, ""),
	    HS_FLAG_CASELESS | HS_FLAG_MULTILINE, ID_HIT);
}

void
rex_hs_add_pattern(struct rex_hs *h, struct span pattern, bool icase)
{
	enum fitness f = fitness(pattern);

	if (f == UNFIT || !is_plain(pattern)) {
		h->patterns.unusable = true;
		return;
	}
	h->anchored = h->anchored || f == FIT_FOR_LINES;
	add(&h->patterns, strndup(pattern.at, pattern.len),
	    HS_FLAG_PREFILTER | HS_FLAG_MULTILINE |
		(icase ? HS_FLAG_CASELESS : 0),
	    ID_HIT);
}

void
rex_hs_add_head(struct rex_hs *h, struct span head)
{
	add(&h->literals, quoted(head, "^"), HS_FLAG_MULTILINE, ID_HIT);
	add(&h->patterns, quoted(head, "^"), HS_FLAG_MULTILINE, ID_HIT);
}

static bool
compile(struct rex_hs *h, struct expressions *e)
{
	hs_compile_error_t *error = NULL;
	bool done = !e->unusable &&
	    hs_compile_multi((const char *const *)e->text, e->flags, e->ids,
		e->n, HS_MODE_BLOCK, NULL, &h->database,
		&error) == HS_SUCCESS &&
	    hs_alloc_scratch(h->database, &h->scratch) == HS_SUCCESS;

	hs_free_compile_error(error);
	if (!done) {
		hs_free_database(h->database);
		h->database = NULL;
	}
	return done;
}

void
rex_hs_compile(struct rex_hs *h, bool all_have_literals)
{
	bool done = false;

	add(&h->patterns, strdup("[\\x80-\\xff]"), 0, ID_HIT);
	add(&h->patterns, strdup("\\\\"), 0, ID_HIT_IN_JSON);
	add(&h->literals, strdup("\\\\u00[2-7]"), 0, ID_HIT_IN_JSON);
	/* Patterns say more than their literals, where they may be used. */
	if (!h->anchored || !all_have_literals)
		done = compile(h, &h->patterns);
	if (!done && all_have_literals)
		h->by_literals = done = compile(h, &h->literals);
	h->unusable = !done;
	expressions_release(&h->literals);
	expressions_release(&h->patterns);
}

bool
rex_hs_usable(const struct rex_hs *h, bool json)
{
	return !h->unusable && (h->by_literals || !(json && h->anchored));
}

static int
on_match(unsigned id, unsigned long long from, unsigned long long to,
    unsigned flags, void *arg)
{
	struct rex_hs *h = arg;
	size_t last = to > 0 ? (size_t)to - 1 : 0;

	(void)from;
	(void)flags;
	if (id == ID_HIT || h->json)
		h->bits[last / 64] |= UINT64_C(1) << (last % 64);
	return 0;
}

/* All places where a hit ends; false when that cannot be told. */
static bool
scan(struct rex_hs *h, struct span block, bool json)
{
	size_t words = block.len / 64 + 1;

	h->at = block.at;
	h->len = block.len;
	h->json = json;
	if (words > h->bits_size) {
		free(h->bits);
		h->bits = malloc(words * sizeof(*h->bits));
		h->bits_size = h->bits == NULL ? 0 : words;
		if (h->bits == NULL)
			return false;
	}
	memset(h->bits, 0, words * sizeof(*h->bits));
	return block.len <= UINT_MAX &&
	    hs_scan(h->database, block.at, (unsigned)block.len, 0, h->scratch,
		on_match, h) == HS_SUCCESS;
}

size_t
rex_hs_find(struct rex_hs *h, struct span block, size_t from, bool json)
{
	size_t word = from / 64, words = block.len / 64 + 1;
	uint64_t bits;

	/* A block is new when it is asked about from its start. */
	if (from == 0 || block.at != h->at || block.len != h->len ||
	    json != h->json)
		if (!scan(h, block, json)) {
			h->at = NULL;
			return from;
		}
	bits = h->bits[word] & (~UINT64_C(0) << (from % 64));
	while (bits == 0) {
		if (++word == words)
			return block.len;
		bits = h->bits[word];
	}
	return word * 64 + (size_t)__builtin_ctzll(bits);
}

const char *
rex_hs_version(void)
{
	static char text[32];

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(hs_version(), " "),
	    hs_version());
	return text;
}
#else
typedef int rex_hs_is_not_built_in; /* ISO C wants something here */
#endif
