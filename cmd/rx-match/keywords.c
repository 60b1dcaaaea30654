#include "keywords.h"

#include <stdbool.h>
#include <stdio.h>

#include "lib/buf.h"

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
static int
add_classes(struct rex *r, size_t from, size_t until, char why[REX_WHY])
{
	struct buf words, endings, b;
	int got = -1;

	buf_init(&words);
	buf_init(&endings);
	buf_init(&b);
	for (size_t i = from; i < until; i++) {
		join(&words, keyword_classes[i].words);
		join(&endings, keyword_classes[i].endings);
	}
	/* "non-fatal" is not fatal, "fail-over" is no failure. */
	buf_adds(&b, "(?:(?<!\\w)(?<!non[- ])(?:");
	buf_add(&b, buf_span(&words));
	buf_adds(&b, ")(?!-(?:safe|over))");
	if (endings.len > 0) {
		buf_adds(&b, "|(?<=[A-Za-z0-9])(?-i:");
		buf_add(&b, buf_span(&endings));
		buf_adds(&b, ")s?");
	}
	buf_adds(&b, ")(?!\\w)");
	if (words.failed || endings.failed || b.failed)
		snprintf(why, REX_WHY, "out of memory");
	else
		got = rex_add(r, buf_span(&b), REX_ICASE, why);
	buf_release(&words);
	buf_release(&endings);
	buf_release(&b);
	return got;
}

int
keywords_builtin(struct rex *r, char why[REX_WHY])
{
	size_t selecting = 0;

	while (
	    selecting < N_KEYWORD_CLASSES && keyword_classes[selecting].selects)
		selecting++;
	return add_classes(r, 0, selecting, why);
}

struct rex *
keywords_by_severity(char why[REX_WHY])
{
	struct rex *r = rex_new();

	if (r == NULL) {
		snprintf(why, REX_WHY, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < N_KEYWORD_CLASSES; i++)
		if (add_classes(r, i, i + 1, why) < 0) {
			rex_free(r);
			return NULL;
		}
	if (rex_compile(r, why) < 0) {
		rex_free(r);
		return NULL;
	}
	return r;
}

bool
keywords_select(enum severity severity)
{
	for (size_t i = 0; i < N_KEYWORD_CLASSES; i++)
		if (keyword_classes[i].severity == severity)
			return keyword_classes[i].selects;
	return false;
}

enum severity
keywords_severity(size_t pattern)
{
	return keyword_classes[pattern].severity;
}

/* One word as a pattern: its characters stand for themselves. */
static void
add_word(struct buf *b, struct span word)
{
	bool longer = word.at[word.len - 1] == '*';

	if (longer)
		word.len--;
	buf_adds(b, "(?<!\\w)");
	for (size_t i = 0; i < word.len; i++) {
		if (word.at[i] >= '!' && word.at[i] <= '~' &&
		    strchr("\\^$.[]|()?*+{}-#", word.at[i]) != NULL)
			buf_addc(b, '\\');
		buf_addc(b, word.at[i]);
	}
	if (!longer)
		buf_adds(b, "(?!\\w)");
}

int
keywords_given(struct rex *r, struct span list, char why[REX_WHY])
{
	struct buf b;
	int got = 0;

	buf_init(&b);
	for (size_t i = 0, end; got == 0 && i <= list.len; i = end + 1) {
		const char *comma = i == list.len
		    ? NULL
		    : memchr(list.at + i, ',', list.len - i);
		struct span word;

		end = comma == NULL ? list.len : (size_t)(comma - list.at);
		word = (struct span){ list.at + i, end - i };
		if (word.len == 0 || span_is(word, "*")) {
			snprintf(why, REX_WHY, "an empty word");
			got = -1;
			break;
		}
		if (i > 0)
			buf_addc(&b, '|');
		add_word(&b, word);
	}
	if (got == 0 && b.failed) {
		snprintf(why, REX_WHY, "out of memory");
		got = -1;
	}
	if (got == 0)
		got = rex_add(r, buf_span(&b), REX_ICASE, why);
	buf_release(&b);
	return got;
}

void
keywords_list(struct outbuf *out)
{
	struct buf b;

	buf_init(&b);
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
