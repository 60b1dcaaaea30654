/* SPDX-License-Identifier: MIT */
/*
 * Lines as grep shows them: FILE:NUMBER:text, with - for the context, and in
 * its colours.
 */
#include <string.h>

#include "lib/num.h"

#include "highlight.h"
#include "match.h"

#define ON(sgr) "\033[" sgr "m\033[K"
#define OFF "\033[m\033[K"

static void
coloured(struct job *j, const char *on, struct span s)
{
	if (j->coloured)
		outbuf_add(&j->out, span_of(on));
	outbuf_add(&j->out, s);
	if (j->coloured)
		outbuf_add(&j->out, SPAN(OFF));
}

static void
name(struct job *j)
{
	coloured(j, ON("35"),
	    strcmp(j->name, "-") == 0 ? SPAN("(standard input)")
				      : span_of(j->name));
}

static void
separator(struct job *j, char c)
{
	coloured(j, ON("36"), (struct span){ &c, 1 });
}

static struct span
decimal(char digits[NUM_DIGITS], uintmax_t n)
{
	return (struct span){ digits, num_render(digits, n) };
}

/* The text, its matches in colour. */
static void
highlight(struct job *j, struct rex *rex, struct span text)
{
	size_t from = 0, shown = 0;
	struct rex_hit hit;

	while (highlight_next(rex, text, &from, &hit)) {
		outbuf_add(&j->out,
		    (struct span){ text.at + shown, hit.start - shown });
		coloured(j, ON("01;31"),
		    (struct span){ text.at + hit.start, hit.end - hit.start });
		shown = hit.end;
	}
	outbuf_add(&j->out, span_skip(text, shown));
}

void
raw_line(struct job *j, const struct item *it, struct span text)
{
	char mark = it->around ? '-' : ':', digits[NUM_DIGITS];
	struct rex *rex = highlight_of(j, it);

	if (j->named) {
		name(j);
		separator(j, mark);
	}
	if (j->numbered) {
		coloured(j, ON("32"), decimal(digits, it->number));
		separator(j, mark);
	}
	if (rex != NULL)
		highlight(j, rex, text);
	else
		outbuf_add(&j->out, text);
	outbuf_add(&j->out, SPAN("\n"));
}

void
raw_apart(struct job *j)
{
	coloured(j, ON("36"), SPAN("--"));
	outbuf_add(&j->out, SPAN("\n"));
}

void
raw_count(struct job *j)
{
	char digits[NUM_DIGITS];

	if (j->named) {
		name(j);
		separator(j, ':');
	}
	outbuf_line(&j->out, decimal(digits, j->kept));
}

void
raw_name(struct job *j)
{
	name(j);
	outbuf_add(&j->out, SPAN("\n"));
}
