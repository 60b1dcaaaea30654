/* SPDX-License-Identifier: MIT */
/* rex -- the sets of patterns: add, compile, and the lines worth a look. */
#include "lib/rex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/diag.h"
#include "lib/rex_lits.h"
#include "lib/rex_set.h"

#define HEAP_KIB (16 * 1024)
#define JIT_STACK (512 * 1024)
#define MOST_PARENS 100
#define MOST_FOR_HS 200 /* patterns: beyond it takes seconds to build */
#define MANY_PATTERNS 8 /* more than these are not tried one by one */

static void
hs_learn(struct rex *r, const pcre2_code *code, struct span pattern, bool icase)
{
	uint32_t least = 0, empty = 1;

	if (r->hs == NULL)
		return;
	pcre2_pattern_info(code, PCRE2_INFO_MINLENGTH, &least);
	pcre2_pattern_info(code, PCRE2_INFO_MATCHEMPTY, &empty);
	if (least == 0 || empty)
		rex_hs_no_pattern(r->hs);
	else
		rex_hs_add_pattern(r->hs, pattern, icase);
}

/* Only where the scan for literals does not do: it costs less. */
static void
hs_end(struct rex *r)
{
	if (r->hs == NULL)
		return;
	if (r->n <= MOST_FOR_HS && (r->no_literals || r->scan_full)) {
		rex_hs_compile(r->hs, !r->no_literals);
		return;
	}
	rex_hs_free(r->hs);
	r->hs = NULL;
}

static bool
hs_find(struct rex *r, struct span block, size_t from, bool json, size_t *found)
{
	if (r->hs == NULL || !rex_hs_usable(r->hs, json))
		return false;
	*found = rex_hs_find(r->hs, block, from, json);
	return true;
}

struct rex *
rex_new(void)
{
	struct rex *r = or_die(calloc(1, sizeof(*r)));

	r->compile = or_die(pcre2_compile_context_create(NULL));
	r->match = or_die(pcre2_match_context_create(NULL));
	pcre2_set_newline(r->compile, PCRE2_NEWLINE_LF);
	pcre2_set_bsr(r->compile, PCRE2_BSR_UNICODE);
	pcre2_set_parens_nest_limit(r->compile, MOST_PARENS);
	pcre2_set_heap_limit(r->match, HEAP_KIB);
	scan_init(&r->scan);
	if (getenv("RX_NO_LIBHS") == NULL)
		r->hs = rex_hs_new();
	return r;
}

void
rex_free(struct rex *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n; i++)
		pcre2_code_free(r->patterns[i].code);
	free(r->patterns);
	index_release(&r->index);
	free(r->anyway);
	free(r->may);
	rex_hs_free(r->hs);
	pcre2_jit_stack_free(r->stack);
	pcre2_match_data_free(r->data);
	pcre2_match_context_free(r->match);
	pcre2_compile_context_free(r->compile);
	free(r);
}

/*
 * Verbs change limits or where a match may start, \G means the place where a
 * call starts: neither goes with windows.  Returns what is wrong, or NULL.
 */
static const char *
forbidden(struct span p, size_t *at)
{
	bool class = false, quoted = false;

	for (size_t i = 0; i + 1 < p.len; i++) {
		char c = p.at[i], next = p.at[i + 1];

		*at = i;
		if (quoted) {
			quoted = !(c == '\\' && next == 'E');
		} else if (c == '\\') {
			if (!class && next == 'G')
				return "\\G has no meaning here";
			quoted = next == 'Q';
			i++;
		} else if (class) {
			class = c != ']';
		} else if (c == '[') {
			class = true;
			if (next == '^')
				i++;
			if (i + 1 < p.len && p.at[i + 1] == ']')
				i++;
		} else if (c == '(' && next == '*') {
			char verb = i + 2 < p.len ? p.at[i + 2] : '\0';

			if (verb == ':' || (verb >= 'A' && verb <= 'Z'))
				return "verbs are not allowed";
		}
	}
	return NULL;
}

bool
rex_learn(struct rex *r, size_t n, struct span pattern, unsigned flags)
{
	struct pattern *p = &r->patterns[n];
	bool icase = (flags & REX_ICASE) != 0;
	struct lits found;

	p->learnt = true;
	hs_learn(r, p->code, pattern, icase);
	p->has_literals = rex_lits(pattern, icase, &found);
	if (!p->has_literals) {
		r->no_literals = true;
		return true;
	}
	for (size_t i = 0; i < found.n; i++) {
		struct span literal = { found.text[i], found.len[i] };

		if (!scan_add(&r->scan, literal, SCAN_WORD))
			r->scan_full = true;
		if (!index_add(&r->index, literal, SCAN_WORD, (uint32_t)n))
			return false;
		if (r->hs != NULL)
			rex_hs_add_literal(r->hs, literal);
	}
	return true;
}

int
rex_add(struct rex *r, struct span pattern, unsigned flags, char why[REX_WHY])
{
	uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF |
	    PCRE2_USE_OFFSET_LIMIT | PCRE2_NEVER_BACKSLASH_C;
	struct pattern *patterns;
	const char *wrong;
	PCRE2_SIZE at = 0;
	int error;

	if (pattern.len > REX_PATTERN) {
		snprintf(why, REX_WHY, "longer than %d bytes", REX_PATTERN);
		return -1;
	}
	if ((wrong = forbidden(pattern, &at)) != NULL) {
		snprintf(why, REX_WHY, "%s, at offset %zu", wrong, at);
		return -1;
	}
	patterns = or_die(realloc(r->patterns, (r->n + 1) * sizeof(*patterns)));
	r->patterns = patterns;
	if (flags & REX_ICASE)
		options |= PCRE2_CASELESS;
	patterns[r->n] = (struct pattern){ .code = NULL };
	patterns[r->n].code = pcre2_compile((PCRE2_SPTR)pattern.at, pattern.len,
	    options, &error, &at, r->compile);
	if (patterns[r->n].code == NULL) {
		char said[128];

		if (error == PCRE2_ERROR_HEAP_FAILED)
			or_die(NULL);
		pcre2_get_error_message(
		    error, (PCRE2_UCHAR *)said, sizeof(said));
		snprintf(why, REX_WHY, "%s, at offset %zu", said, (size_t)at);
		return -1;
	}
	if ((flags & REX_ALONE) == 0 && !rex_learn(r, r->n, pattern, flags))
		or_die(NULL);
	r->n++;
	return 0;
}

void
rex_always(struct rex *r, struct span prefix)
{
	if (!scan_add(&r->scan, prefix, SCAN_LINE_START) ||
	    !index_add(&r->index, prefix, SCAN_LINE_START, INDEX_NOBODY))
		r->scan_full = true;
	if (r->hs != NULL)
		rex_hs_add_head(r->hs, prefix);
}

void
rex_sieve(struct rex *r, bool (*take)(void *, struct span, size_t))
{
	r->sieve = (struct scan_sieve){ take, NULL };
}

/* Room for what a match caught, of the pattern with most groups. */
static bool
make_room(struct rex *r)
{
	uint32_t most = 0, groups;

	for (size_t i = 0; i < r->n; i++) {
		pcre2_pattern_info(
		    r->patterns[i].code, PCRE2_INFO_CAPTURECOUNT, &groups);
		most = groups > most ? groups : most;
	}
	r->data = pcre2_match_data_create(most + 1, NULL);
	return r->data != NULL;
}

/* Where the scan does not do, or trying each pattern costs too much. */
static bool
index_patterns(struct rex *r)
{
	size_t words = rex_words(r);

	if (!r->scan_full && r->n <= MANY_PATTERNS) {
		index_release(&r->index);
		return true;
	}
	r->anyway = calloc(words + 1, sizeof(*r->anyway));
	r->may = calloc(words + 1, sizeof(*r->may));
	if (r->anyway == NULL || r->may == NULL ||
	    !index_add(&r->index, SPAN("\\u00"), SCAN_ESCAPE, INDEX_NOBODY) ||
	    !index_build(&r->index))
		return false;
	for (size_t i = 0; i < r->n; i++)
		if (r->patterns[i].learnt && !r->patterns[i].has_literals)
			r->anyway[i / 64] |= UINT64_C(1) << (i % 64);
	r->indexed = true;
	return true;
}

void
rex_compile(struct rex *r)
{
	if (!make_room(r) || !index_patterns(r))
		or_die(NULL);
	for (size_t i = 0; i < r->n; i++) {
		int got =
		    pcre2_jit_compile(r->patterns[i].code, PCRE2_JIT_COMPLETE);

		r->patterns[i].jit = got == 0;
		/* A pattern too large for JIT is no news. */
		if (got == PCRE2_ERROR_NOMEMORY)
			r->interpreted = true;
	}
	if (!r->interpreted) {
		r->stack =
		    or_die(pcre2_jit_stack_create(32 * 1024, JIT_STACK, NULL));
		pcre2_jit_stack_assign(r->match, NULL, r->stack);
	}
	scan_build(&r->scan);
	hs_end(r);
}

bool
rex_interpreted(const struct rex *r)
{
	return r->interpreted;
}

/* The line around `in`, and `from` behind it. */
static struct span
whole_line(struct span block, size_t *from, size_t in)
{
	const char *start = memrchr(block.at + *from, '\n', in - *from);
	const char *end = memchr(block.at + in, '\n', block.len - in);

	start = start == NULL ? block.at + *from : start + 1;
	*from = end == NULL ? block.len : (size_t)(end - block.at) + 1;
	if (end == NULL)
		end = block.at + block.len;
	return (struct span){ start, (size_t)(end - start) };
}

bool
rex_candidate(struct rex *r, struct span block, size_t *from, bool json,
    struct rex_line *l)
{
	const struct scan_sieve *sieve =
	    r->sieve.take == NULL ? NULL : &r->sieve;
	size_t in = *from;

	l->at = NULL;
	if (*from >= block.len)
		return false;
	if (!hs_find(r, block, *from, json, &in) && !r->no_literals) {
		l->at = r->scan_full
		    ? index_find(&r->index, block, *from, json)
		    : scan_find(&r->scan, block, *from, json, sieve);
		in = l->at == NULL ? block.len : (size_t)(l->at - block.at);
	}
	if (in == block.len) {
		*from = block.len;
		return false;
	}
	l->line = whole_line(block, from, in);
	return true;
}

const char *
rex_versions(void)
{
	static char text[128];
	char pcre2[64] = "";

	pcre2_config(PCRE2_CONFIG_VERSION, pcre2);
	pcre2[strcspn(pcre2, " ")] = '\0';
	snprintf(text, sizeof(text), "pcre2 %s\nlibhs %s\n", pcre2,
	    rex_hs_version());
	return text;
}
