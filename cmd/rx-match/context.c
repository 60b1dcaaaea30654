/* SPDX-License-Identifier: MIT */
#include "context.h"

#include <string.h>
#include <sysexits.h>

#include "lib/diag.h"

#include "match.h"

void
context_input(struct context *c)
{
	buf_reset(&c->tail);
	c->due = 0;
	c->apart = true;
}

void
context_block(struct context *c, struct span block)
{
	c->rest = block;
}

bool
context_due(const struct context *c)
{
	return c->due > 0;
}

/* Takes the next line off, without its newline. */
static struct span
take_line(struct span *s)
{
	const char *newline = memchr(s->at, '\n', s->len);
	struct span line = *s;

	if (newline != NULL)
		line.len = (size_t)(newline - s->at);
	*s = span_skip(*s, line.len + (newline != NULL));
	return line;
}

/* How many bytes its last lines have, n at most; n becomes how many they are. */
static size_t
last_lines(struct span s, uintmax_t *n)
{
	size_t from = s.len;
	uintmax_t lines = 0;

	while (from > 0 && lines < *n) {
		const char *newline = memrchr(s.at, '\n', from - 1);

		from = newline == NULL ? 0 : (size_t)(newline - s.at) + 1;
		lines++;
	}
	*n = lines;
	return s.len - from;
}

/* The number of the first is known. */
static void
write_lines(struct job *j, struct span s, uintmax_t number)
{
	while (s.len > 0)
		emit_around(j, take_line(&s), number++);
}

static uintmax_t
number_at(struct job *j, const char *at)
{
	return j->numbered ? number_of(&j->number, at) : 0;
}

/* What follows the line kept last; the others of s stay. */
static struct span
write_due(struct job *j, struct span s)
{
	struct context *c = &j->context;

	uintmax_t number = number_at(j, s.at);

	for (; c->due > 0 && s.len > 0; c->due--)
		emit_around(j, take_line(&s), number++);
	return s;
}

/* The last lines of tail and s, and whether some before them are left out. */
static void
write_before(struct job *j, struct span s)
{
	struct context *c = &j->context;
	uintmax_t here = c->before, earlier;
	size_t len = last_lines(s, &here), old;

	earlier = c->before - here;
	old = last_lines(buf_span(&c->tail), &earlier);
	if (len < s.len || old < c->tail.len)
		c->apart = true;
	if (c->apart && c->any)
		emit_apart(j);
	/* What was copied stands right in front of the block. */
	write_lines(j, span_skip(buf_span(&c->tail), c->tail.len - old),
	    j->number.before + 1 - earlier);
	s = span_skip(s, s.len - len);
	write_lines(j, s, number_at(j, s.at));
}

void
context_kept(struct job *j, struct span line)
{
	struct context *c = &j->context;
	struct span s = { c->rest.at, (size_t)(line.at - c->rest.at) };

	c->rest = span_skip(c->rest, s.len);
	take_line(&c->rest);
	write_before(j, write_due(j, s));
	buf_reset(&c->tail);
	c->due = c->after;
	c->any = true;
	c->apart = false;
}

void
context_cut(struct job *j, struct span line)
{
	struct context *c = &j->context;
	struct span s = { c->rest.at, (size_t)(line.at - c->rest.at) };

	c->rest = span_skip(c->rest, s.len);
	take_line(&c->rest);
	if (write_due(j, s).len > 0 || c->tail.len > 0)
		c->apart = true;
	buf_reset(&c->tail);
}

void
context_block_end(struct job *j)
{
	struct context *c = &j->context;
	struct span s = write_due(j, c->rest);
	uintmax_t here = c->before, earlier;
	size_t len = last_lines(s, &here), old;

	earlier = c->before - here;
	old = last_lines(buf_span(&c->tail), &earlier);
	if (len < s.len || old < c->tail.len)
		c->apart = true;
	if (old > 0)
		memmove(c->tail.at, c->tail.at + c->tail.len - old, old);
	c->tail.len = old;
	buf_add(&c->tail, span_skip(s, s.len - len));
	if (c->tail.failed)
		die(EX_TEMPFAIL, "out of memory");
}
