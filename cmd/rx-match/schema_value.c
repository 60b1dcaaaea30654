/* SPDX-License-Identifier: MIT */
/* schema_value -- a value by itself, without what may be in it. */
#include "schema_value.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/diag.h"
#include "lib/rtime.h"

/* The pointer to where the check is now. */
static void
say_where(struct schema *s)
{
	buf_reset(&s->where);
	for (size_t i = 0; i < s->depth; i++) {
		const struct step_in *in = &s->path[i];
		struct value name = { in->name, VALUE_STRING, in->escaped };

		buf_addc(&s->where, '/');
		if (in->name.at == NULL) {
			buf_addu(&s->where, in->index);
			continue;
		}
		buf_reset(&s->text);
		value_text(&name, &s->text);
		for (size_t k = 0; k < s->text.len; k++)
			if (s->text.at[k] == '~')
				buf_adds(&s->where, "~0");
			else if (s->text.at[k] == '/')
				buf_adds(&s->where, "~1");
			else
				buf_addc(&s->where, s->text.at[k]);
	}
	if (s->where.failed)
		die(EX_TEMPFAIL, "out of memory");
}

bool
schema_no(struct schema *s, const char *reason, ...)
{
	va_list ap;

	va_start(ap, reason);
	vsnprintf(s->why, sizeof(s->why), reason, ap);
	va_end(ap);
	say_where(s);
	return false;
}

struct span
schema_text(struct schema *s, const struct value *v)
{
	if (!v->escaped)
		return v->text;
	buf_reset(&s->text);
	if (value_text(v, &s->text) < 0)
		die(EX_TEMPFAIL, "out of memory");
	return buf_span(&s->text);
}

/* What stands behind a number in JSON is no part of one. */
static double
number(const struct value *v)
{
	return strtod(v->text.at, NULL);
}

static bool
is_integer(const struct value *v)
{
	double d;

	for (size_t i = 0; i < v->text.len; i++)
		if (strchr(".eE", v->text.at[i]) != NULL) {
			d = number(v);
			return isfinite(d) && floor(d) == d;
		}
	return true;
}

static bool
is_of_type(const struct node *n, const struct value *v)
{
	if (n->types == 0 || (n->types & TYPE(v->type)) != 0)
		return true;
	return (n->types & TYPE_INTEGER) != 0 && v->type == VALUE_NUMBER &&
	    is_integer(v);
}

bool
schema_is_same(struct schema *s, const struct value *a, const struct value *b)
{
	struct span text;

	if (a->type != b->type)
		return false;
	if (a->type == VALUE_NUMBER)
		return span_eq(a->text, b->text) || number(a) == number(b);
	if (a->type != VALUE_STRING)
		return true;
	text = schema_text(s, a); /* of the record */
	if (!b->escaped)
		return span_eq(text, b->text);
	buf_reset(&s->name);
	return value_text(b, &s->name) == 0 &&
	    span_eq(text, buf_span(&s->name));
}

static bool
is_among(struct schema *s, const struct node *n, const struct value *v)
{
	for (size_t i = 0; i < n->n_values; i++)
		if (schema_is_same(s, v, &n->values[i]))
			return true;
	return n->n_values == 0;
}

static uint64_t
characters(struct span text)
{
	uint64_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += (text.at[i] & 0xc0) != 0x80;
	return n;
}

static bool
is_format(int format, struct span text)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr in;
	struct rtime_found found;

	if (format == DATE_TIME)
		return rtime_parse(text, &found) == 0;
	if (text.len >= sizeof(address) || memchr(text.at, '\0', text.len))
		return false;
	memcpy(address, text.at, text.len);
	address[text.len] = '\0';
	return inet_pton(format == IPV4 ? AF_INET : AF_INET6, address, &in) ==
	    1;
}

static bool
check_string(struct schema *s, const struct node *n, const struct value *v)
{
	struct span text = schema_text(s, v);
	uint64_t length = 0;

	if (n->min_length > 0 || n->max_length < UINT64_MAX)
		length = characters(text);
	if (length < n->min_length)
		return schema_no(s, "is shorter than %" PRIu64, n->min_length);
	if (length > n->max_length)
		return schema_no(s, "is longer than %" PRIu64, n->max_length);
	if (n->format != FORMAT_ANY && !is_format(n->format, text))
		return schema_no(s, "is no %s", schema_formats[n->format]);
	if (n->pattern == NULL)
		return true;
	switch (rex_one(n->pattern, 0, text, &s->budget, NULL)) {
	case REX_YES: return true;
	case REX_LIMIT: return schema_no(s, "the pattern reached its bound");
	default: return schema_no(s, "does not match the pattern");
	}
}

static bool
check_number(struct schema *s, const struct node *n, const struct value *v)
{
	double d = number(v);

	if (d < n->minimum)
		return schema_no(s, "is less than %.15g", n->minimum);
	if (d > n->maximum)
		return schema_no(s, "is more than %.15g", n->maximum);
	if (d <= n->above)
		return schema_no(s, "is not more than %.15g", n->above);
	if (d >= n->below)
		return schema_no(s, "is not less than %.15g", n->below);
	return true;
}

bool
schema_check_value(
    struct schema *s, const struct node *n, const struct value *v)
{
	if (n->never)
		return schema_no(s, "is allowed nothing");
	if (!is_of_type(n, v))
		return schema_no(s, "is of the wrong type");
	if (!is_among(s, n, v))
		return schema_no(
		    s, n->constant ? "is not the constant" : "is none of enum");
	if (v->type == VALUE_STRING)
		return check_string(s, n, v);
	return v->type != VALUE_NUMBER || check_number(s, n, v);
}
