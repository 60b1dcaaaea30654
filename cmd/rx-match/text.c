/* SPDX-License-Identifier: MIT */
/*
 * Plain text.  Only lines that may match are looked at, unless all are wanted.
 */
#include <string.h>

#include "match.h"

static void
one_line(struct job *j, struct span line, const char *hint)
{
	j->item.line = j->item.text = line;
	if (judge(j, &j->item, hint))
		emit_text(j, &j->item);
}

static bool
next_line(struct span block, size_t *from, struct rex_line *l)
{
	struct span *line = &l->line;
	const char *newline;

	l->at = NULL;
	if (*from >= block.len)
		return false;
	*line = span_skip(block, *from);
	newline = memchr(line->at, '\n', line->len);
	if (newline != NULL)
		line->len = (size_t)(newline - line->at);
	*from += line->len + 1;
	return true;
}

void
text_block(struct job *j, struct span block)
{
	struct rex_line l;
	uintmax_t lines;
	size_t from = 0;

	number_block(&j->number, block);
	if (j->context.on)
		context_block(&j->context, block);
	j->item.now_ns = rtime_now_ns();
	while (!job_done(j) &&
	    (j->sieve != NULL ? rex_candidate(j->sieve, block, &from, false, &l)
			      : next_line(block, &from, &l)))
		one_line(j, l.line, l.at);
	if (j->context.on)
		context_block_end(j);
	lines = number_count(block);
	number_lines(&j->number, lines);
	j->all_lines += lines;
}
