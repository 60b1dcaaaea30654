/* SPDX-License-Identifier: MIT */
/*
 * conf_place -- where a value stands in its file.
 *
 * jansson forgets positions, so the way from the top is gone once more over the
 * text.  It is known to be valid, and may be nested as deep as jansson allows:
 * deeper than a record, so this is not for lib/record.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/conf.h"
#include "lib/record.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Behind the string that begins at the quote p. */
static const char *
behind_string(const char *p)
{
	for (p++; *p != '"'; p++)
		p += *p == '\\';
	return p + 1;
}

/* Behind the value that begins at p and ends before end. */
static const char *
behind_value(const char *p, const char *end)
{
	size_t depth = 0;

	do {
		if (*p == '"') {
			p = behind_string(p);
			continue;
		}
		depth += *p == '{' || *p == '[';
		depth -= *p == '}' || *p == ']';
		p++;
	} while (
	    p < end && (depth > 0 || (*p != ',' && *p != '}' && *p != ']')));
	return p;
}

static const char *
behind_blanks(const char *p, const char *end)
{
	while (p < end && (is_blank(*p) || *p == ',' || *p == ':'))
		p++;
	return p;
}

static bool
same_name(struct span quoted, const char *key)
{
	const struct span name = { quoted.at + 1, quoted.len - 2 };
	const struct member m = { .name = name,
		.escaped = memchr(name.at, '\\', name.len) != NULL };
	struct buf scratch;
	bool same;

	buf_init(&scratch);
	same = span_is(member_name(&m, &scratch), key);
	buf_release(&scratch);
	return same;
}

/* The whole file without the blanks around it. */
static struct span
top_json(const struct conf *c)
{
	struct span s = buf_span(&c->text);

	while (s.len > 0 && is_blank(s.at[0]))
		s = span_skip(s, 1);
	while (s.len > 0 && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

struct span
conf_json(const struct conf_at *at)
{
	struct span outer, name = SPAN("");
	const char *p, *start, *end;

	if (at->up == NULL)
		return top_json(at->conf);
	outer = conf_json(at->up);
	end = outer.at + outer.len - 1;
	p = outer.at + 1;
	for (size_t i = 0;; i++) { /* it is there: jansson found it */
		if (at->key != NULL) {
			name.at = behind_blanks(p, end);
			p = behind_string(name.at);
			name.len = (size_t)(p - name.at);
		}
		start = behind_blanks(p, end);
		p = behind_value(start, end);
		if (at->key != NULL ? same_name(name, at->key) : i == at->index)
			break;
	}
	while (is_blank(p[-1]))
		p--;
	return (struct span){ start, (size_t)(p - start) };
}

int
conf_error(const struct conf_at *at, const char *reason, ...)
{
	struct conf *c = at->conf;
	const char *start = conf_json(at).at, *p;
	size_t line = 1, column = 1, n;
	va_list ap;

	for (p = c->text.at; p < start; p++)
		if (*p == '\n') {
			line++;
			column = 1;
		} else
			column++;
	n = (size_t)snprintf(
	    c->why, sizeof(c->why), "%s:%zu:%zu: ", c->name, line, column);
	va_start(ap, reason);
	if (n < sizeof(c->why))
		vsnprintf(c->why + n, sizeof(c->why) - n, reason, ap);
	va_end(ap);
	return -1;
}
