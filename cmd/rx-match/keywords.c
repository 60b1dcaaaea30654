/* SPDX-License-Identifier: MIT */
#include "keywords.h"

#include <stdbool.h>
#include <stdio.h>

#include "lib/buf.h"
#include "lib/diag.h"

#include "keyword_classes.h"

static void
join(struct buf *b, const char *words)
{
	if (words == NULL)
		return;
	if (b->len > 0)
		buf_addc(b, '|');
	buf_adds(b, words);
}

/* The classes from..until-1 as one pattern. */
static void
render_classes(struct buf *b, size_t from, size_t until)
{
	struct buf words, endings;

	buf_init(&words);
	buf_init(&endings);
	for (size_t i = from; i < until; i++) {
		join(&words, keyword_classes[i].words);
		join(&endings, keyword_classes[i].endings);
	}
	/* "non-fatal" is not fatal, "fail-over" is no failure. */
	buf_adds(b, "(?:(?<!\\w)(?<!non[- ])(?:");
	buf_add(b, buf_span(&words));
	buf_adds(b, ")(?!-(?:safe|over))");
	if (endings.len > 0) {
		buf_adds(b, "|(?<=[A-Za-z0-9])(?-i:");
		buf_add(b, buf_span(&endings));
		buf_adds(b, ")s?");
	}
	buf_adds(b, ")(?!\\w)");
	b->failed = b->failed || words.failed || endings.failed;
	buf_release(&words);
	buf_release(&endings);
}

/* Adds what was rendered, and releases it. */
static int
add_rendered(struct rex *r, struct buf *b, char why[REX_WHY])
{
	int got;

	if (b->failed)
		die(EX_TEMPFAIL, "out of memory");
	got = rex_add(r, buf_span(b), REX_ICASE, why);
	buf_release(b);
	return got;
}

static int
add_classes(struct rex *r, size_t from, size_t until, char why[REX_WHY])
{
	struct buf b;

	buf_init(&b);
	render_classes(&b, from, until);
	return add_rendered(r, &b, why);
}

void
keywords_pattern(struct buf *b)
{
	size_t selecting = 0;

	while (
	    selecting < N_KEYWORD_CLASSES && keyword_classes[selecting].selects)
		selecting++;
	render_classes(b, 0, selecting);
}

int
keywords_builtin(struct rex *r, char why[REX_WHY])
{
	struct buf b;

	buf_init(&b);
	keywords_pattern(&b);
	return add_rendered(r, &b, why);
}

struct rex *
keywords_by_severity(char why[REX_WHY])
{
	struct rex *r = rex_new();

	for (size_t i = 0; i < N_KEYWORD_CLASSES; i++)
		if (add_classes(r, i, i + 1, why) < 0) {
			rex_free(r);
			return NULL;
		}
	rex_compile(r);
	return r;
}

enum severity
keywords_severity(size_t pattern)
{
	return keyword_classes[pattern].severity;
}

bool
keywords_word(struct buf *b, struct span word)
{
	bool longer = word.len > 0 && word.at[word.len - 1] == '*';

	if (longer)
		word.len--;
	if (word.len == 0)
		return false;
	buf_adds(b, b->len > 0 ? "|(?<!\\w)" : "(?<!\\w)");
	rex_quote(b, word);
	if (!longer)
		buf_adds(b, "(?!\\w)");
	return true;
}

/* A long list is many patterns, for each may only be so long. */
#define WORDS_EACH 32

int
keywords_given(
    struct rex *r, struct span list, char separator, char why[REX_WHY])
{
	struct buf b;
	size_t n = 0;
	int added = 0;

	buf_init(&b);
	for (size_t i = 0, end; i <= list.len; i = end + 1) {
		const char *next = i == list.len
		    ? NULL
		    : memchr(list.at + i, separator, list.len - i);

		end = next == NULL ? list.len : (size_t)(next - list.at);
		if (!keywords_word(&b, (struct span){ list.at + i, end - i })) {
			snprintf(why, REX_WHY, "an empty word");
			buf_release(&b);
			return -1;
		}
		if (++n % WORDS_EACH != 0 && end < list.len)
			continue;
		if (add_rendered(r, &b, why) < 0)
			return -1;
		added++;
	}
	return added;
}

void
keywords_list(struct outbuf *out)
{
	struct buf b;

	buf_init(&b);
	buf_adds(&b,
	    "keywords of the documents:\n  emerg, alert, critical, error, "
	    "fail, panic, fatal\n");
	buf_adds(&b, "keywords, whole words in either case:\n");
	for (size_t i = 0; i < N_KEYWORD_CLASSES; i++) {
		severity_pad(&b, keyword_classes[i].severity);
		for (const char *p = keyword_classes[i].words; *p != '\0'; p++)
			if (*p == '|')
				buf_adds(&b, ", ");
			else
				buf_addc(&b, *p);
		for (const char *p = keyword_classes[i].endings; p != NULL;) {
			size_t len = strcspn(p, "|");

			buf_addf(&b, ", \342\200\246%.*s", (int)len, p);
			p = p[len] == '|' ? p + len + 1 : NULL;
		}
		buf_adds(
		    &b, keyword_classes[i].selects ? "\n" : " (not of -k)\n");
	}
	outbuf_add(out, buf_span(&b));
	buf_release(&b);
}
