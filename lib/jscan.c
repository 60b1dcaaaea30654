/* SPDX-License-Identifier: MIT */
/* jscan -- a cursor over JSON text that checks what it passes. */
#include "lib/jscan.h"

#include <stdint.h>
#include <string.h>

#include "lib/ascii.h"
#include "lib/jstr.h"
#include "lib/plain.h"

int
jscan_fail(struct jscan *s, const char *why)
{
	s->why = s->at < s->end ? why : "ends too early";
	return -1;
}

/* A backslash and what must follow it. */
static int
escape(struct jscan *s)
{
	s->at++;
	switch (jscan_peek(s)) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't': s->at++; return 0;
	case 'u':
		s->at++;
		for (int i = 0; i < 4; i++, s->at++)
			if (s->at == s->end || hex_value(*s->at) < 0)
				return jscan_fail(s, "not a hex digit");
		return 0;
	default: return jscan_fail(s, "not an escape");
	}
}

/*
 * The first byte from at on that is not plain, or the end.  The last 64 bytes
 * of the text are looked at together, so that none behind them is.
 */
static inline const char *
next_stop(struct jscan *s, const char *at)
{
#ifdef PLAIN_BLOCK
	uint64_t stops;

	while (at < s->end) {
		if (at >= s->seen) {
			if (s->end - at >= PLAIN_BLOCK)
				s->seen = at + PLAIN_BLOCK;
			else if (s->end - s->begin >= PLAIN_BLOCK)
				s->seen = s->end;
			else
				break;
			s->stops = plain_block(s->seen - PLAIN_BLOCK);
		}
		stops = s->stops >> (PLAIN_BLOCK - (s->seen - at));
		if (stops != 0)
			return at + plain_first(stops, 1);
		at = s->seen;
	}
#endif
	return at + plain_run(at, (size_t)(s->end - at));
}

/* A string that goes on at a byte that is not plain and not its end. */
static int
string_on(struct jscan *s, const char *start, struct span *text, bool *escaped)
{
	size_t n;

	for (;; s->at = next_stop(s, s->at)) {
		switch (jscan_peek(s)) {
		case '"':
			*text =
			    (struct span){ start, (size_t)(s->at++ - start) };
			return 0;
		case '\\':
			*escaped = true;
			if (escape(s) < 0)
				return -1;
			continue;
		case -1: return jscan_fail(s, NULL);
		}
		if ((unsigned char)*s->at < 0x80)
			return jscan_fail(s, "a control character in a string");
		n = jstr_plain(
		    (struct span){ s->at, (size_t)(s->end - s->at) });
		if (n == 0)
			return jscan_fail(s, "not UTF-8");
		s->at += n;
	}
}

static inline int
string(struct jscan *s, struct span *text, bool *escaped)
{
	const char *start = s->at + 1;

	s->at = next_stop(s, start);
	*escaped = false;
	if (jscan_peek(s) != '"')
		return string_on(s, start, text, escaped);
	*text = (struct span){ start, (size_t)(s->at++ - start) };
	return 0;
}

static int
digits(struct jscan *s)
{
	const char *start = s->at;

	while (s->at < s->end && is_digit(*s->at))
		s->at++;
	return s->at > start ? 0 : jscan_fail(s, "not a digit");
}

static int
number(struct jscan *s)
{
	if (*s->at == '-')
		s->at++;
	if (jscan_peek(s) == '0')
		s->at++; /* and no digit after it */
	else if (digits(s) < 0)
		return -1;
	if (jscan_peek(s) == '.') {
		s->at++;
		if (digits(s) < 0)
			return -1;
	}
	if (jscan_peek(s) == 'e' || jscan_peek(s) == 'E') {
		s->at++;
		if (jscan_peek(s) == '+' || jscan_peek(s) == '-')
			s->at++;
		return digits(s);
	}
	return 0;
}

static int
word(struct jscan *s, struct span want)
{
	for (size_t i = 0; i < want.len; i++, s->at++)
		if (s->at == s->end || *s->at != want.at[i])
			return jscan_fail(s, "not a value");
	return 0;
}

/* What is neither object nor array. */
static int
scalar(struct jscan *s, struct value *v)
{
	const char *start = s->at;
	int error;

	v->escaped = false;
	switch (jscan_peek(s)) {
	case '"':
		v->type = VALUE_STRING;
		return string(s, &v->text, &v->escaped);
	case 'n':
		v->type = VALUE_NULL;
		error = word(s, SPAN("null"));
		break;
	case 't':
		v->type = VALUE_TRUE;
		error = word(s, SPAN("true"));
		break;
	case 'f':
		v->type = VALUE_FALSE;
		error = word(s, SPAN("false"));
		break;
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		v->type = VALUE_NUMBER;
		error = number(s);
		break;
	default: return jscan_fail(s, "not a value");
	}
	v->text = (struct span){ start, (size_t)(s->at - start) };
	return error;
}

static inline int
name_and_colon(struct jscan *s, struct span *name, bool *escaped)
{
	if (jscan_peek(s) != '"')
		return jscan_fail(s, "not a member name");
	if (string(s, name, escaped) < 0)
		return -1;
	jscan_blanks(s);
	if (jscan_peek(s) != ':')
		return jscan_fail(s, "no colon after a name");
	s->at++;
	jscan_blanks(s);
	return 0;
}

/* The object or array that starts here, level deep inside others. */
static int
container(struct jscan *s, unsigned level)
{
	const unsigned floor = level;
	uint64_t objects = 0; /* bit 0: the innermost open one is an object */
	struct value v;
	struct span name;
	bool escaped, first;
	int c;

	do {
		c = jscan_peek(s);
		first = c == '{' || c == '[';
		if (first) {
			if (level == RECORD_DEPTH)
				return jscan_fail(s, "nested too deep");
			level++;
			objects = objects << 1 | (c == '{');
			s->at++;
		} else if (scalar(s, &v) < 0)
			return -1;
		/* Close what ends here, else step to the next value. */
		for (; level > floor; first = false) {
			jscan_blanks(s);
			c = jscan_peek(s);
			if (c == (objects & 1 ? '}' : ']')) {
				level--;
				objects >>= 1;
				s->at++;
				continue;
			}
			if (!first) {
				if (c != ',')
					return jscan_fail(s, "no comma");
				s->at++;
				jscan_blanks(s);
			}
			if (objects & 1 &&
			    name_and_colon(s, &name, &escaped) < 0)
				return -1;
			break;
		}
	} while (level > floor);
	return 0;
}

int
jscan_value(struct jscan *s, struct value *v, unsigned depth)
{
	const char *start = s->at;
	int c = jscan_peek(s);

	if (c != '{' && c != '[')
		return scalar(s, v);
	if (container(s, depth) < 0)
		return -1;
	v->type = c == '{' ? VALUE_OBJECT : VALUE_ARRAY;
	v->text = (struct span){ start, (size_t)(s->at - start) };
	v->escaped = false;
	return 0;
}

int
jscan_member(struct jscan *s, struct member *m, unsigned depth)
{
	if (name_and_colon(s, &m->name, &m->escaped) < 0)
		return -1;
	if (jscan_peek(s) == '"') {
		m->value.type = VALUE_STRING;
		return string(s, &m->value.text, &m->value.escaped);
	}
	return jscan_value(s, &m->value, depth);
}
