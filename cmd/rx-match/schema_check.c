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

#include "schema_node.h"

static bool check(struct schema *, const struct node *, const struct value *);

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

/* Always false. */
static bool __attribute__((format(printf, 2, 3)))
refuse(struct schema *s, const char *reason, ...)
{
	va_list ap;

	va_start(ap, reason);
	vsnprintf(s->why, sizeof(s->why), reason, ap);
	va_end(ap);
	say_where(s);
	return false;
}

static struct span
plain(struct schema *s, const struct value *v)
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

static bool
is_same(struct schema *s, const struct value *a, const struct value *b)
{
	struct span text;

	if (a->type != b->type)
		return false;
	if (a->type == VALUE_NUMBER)
		return span_eq(a->text, b->text) || number(a) == number(b);
	if (a->type != VALUE_STRING)
		return true;
	text = plain(s, a); /* of the record */
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
		if (is_same(s, v, &n->values[i]))
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
	struct span text = plain(s, v);
	uint64_t length = 0;

	if (n->min_length > 0 || n->max_length < UINT64_MAX)
		length = characters(text);
	if (length < n->min_length)
		return refuse(s, "is shorter than %" PRIu64, n->min_length);
	if (length > n->max_length)
		return refuse(s, "is longer than %" PRIu64, n->max_length);
	if (n->format != FORMAT_ANY && !is_format(n->format, text))
		return refuse(s, "is no %s", schema_formats[n->format]);
	if (n->pattern == NULL)
		return true;
	switch (rex_one(n->pattern, 0, text, &s->budget, NULL)) {
	case REX_YES: return true;
	case REX_LIMIT: return refuse(s, "the pattern reached its bound");
	default: return refuse(s, "does not match the pattern");
	}
}

static bool
check_number(struct schema *s, const struct node *n, const struct value *v)
{
	double d = number(v);

	if (d < n->minimum)
		return refuse(s, "is less than %.15g", n->minimum);
	if (d > n->maximum)
		return refuse(s, "is more than %.15g", n->maximum);
	if (d <= n->above)
		return refuse(s, "is not more than %.15g", n->above);
	if (d >= n->below)
		return refuse(s, "is not less than %.15g", n->below);
	return true;
}

static bool
check_inside(struct schema *s, const struct node *n, const struct value *v,
    struct step_in in)
{
	bool good;

	if (s->depth == sizeof(s->path) / sizeof(*s->path))
		return refuse(s, "is nested too deep");
	s->path[s->depth++] = in;
	good = check(s, n, v);
	s->depth--;
	return good;
}

static bool
check_items(struct schema *s, const struct node *n, const struct value *v)
{
	struct step_in in = { .index = 0 };
	struct member item;
	struct walk w;

	if (n->items == NULL && n->min_items == 0 && n->max_items == UINT64_MAX)
		return true;
	walk_init(&w, v->text);
	for (; walk_next(&w, &item); in.index++)
		if (n->items != NULL &&
		    !check_inside(s, n->items, &item.value, in))
			return false;
	if (in.index < n->min_items)
		return refuse(
		    s, "has less than %" PRIu64 " items", n->min_items);
	if (in.index > n->max_items)
		return refuse(
		    s, "has more than %" PRIu64 " items", n->max_items);
	return true;
}

static int
against(struct span name, const struct property *p)
{
	if (name.len != p->name.len)
		return name.len < p->name.len ? -1 : 1;
	return memcmp(name.at, p->name.at, name.len);
}

static size_t
find(const struct node *n, struct span name)
{
	size_t from = 0, to = n->n_properties;

	while (from < to) {
		size_t middle = (from + to) / 2;
		int order = against(name, &n->properties[middle]);

		if (order == 0)
			return middle;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return n->n_properties;
}

/* A later member of that name is the one that counts. */
static bool
comes_again(struct schema *s, struct walk rest, const struct member *m)
{
	struct member later;

	while (walk_next(&rest, &later)) {
		struct value a = { m->name, VALUE_STRING, m->escaped };
		struct value b = { later.name, VALUE_STRING, later.escaped };

		if (is_same(s, &a, &b))
			return true;
	}
	return false;
}

static bool
check_other(struct schema *s, const struct node *n, const struct member *m,
    const struct walk *rest)
{
	struct step_in in = { .name = m->name, .escaped = m->escaped };
	bool good;

	if (n->additional == NULL)
		return true;
	if (n->additional->never) {
		s->path[s->depth++] = in;
		good = refuse(s, "is no member that is known");
		s->depth--;
		return good;
	}
	return check_inside(s, n->additional, &m->value, in) ||
	    comes_again(s, *rest, m);
}

/* Slots for the properties of one object, above those around it. */
static void
take_slots(struct schema *s, size_t n)
{
	size_t need = s->n_slots + n;

	if (need > s->n_size) {
		s->slots = realloc(s->slots, 2 * need * sizeof(*s->slots));
		if (s->slots == NULL)
			die(EX_TEMPFAIL, "out of memory");
		s->n_size = 2 * need;
	}
	for (size_t i = s->n_slots; i < need; i++)
		s->slots[i].text.at = NULL;
	s->n_slots = need;
}

/* The members into the slots, those without one checked at once. */
static bool
sort_in(struct schema *s, const struct node *n, const struct value *v,
    size_t base, uint64_t *count)
{
	struct member m;
	struct walk w;

	walk_init(&w, v->text);
	while (walk_next(&w, &m)) {
		struct value name = { m.name, VALUE_STRING, m.escaped };
		size_t i;

		++*count;
		if (s->depth == 0 && *count == 1 && span_is(m.name, "_rx"))
			continue;
		i = find(n, plain(s, &name));
		if (i < n->n_properties)
			s->slots[base + i] = m.value;
		if ((i == n->n_properties || n->properties[i].node == NULL) &&
		    !check_other(s, n, &m, &w))
			return false;
	}
	return true;
}

static bool
check_slots(struct schema *s, const struct node *n, size_t base)
{
	for (size_t i = 0; i < n->n_properties; i++) {
		const struct property *p = &n->properties[i];
		struct step_in in = { .name = p->name };
		struct value v = s->slots[base + i];
		bool good = true;

		if (v.text.at == NULL && p->required) {
			s->path[s->depth++] = in;
			good = refuse(s, "is missing");
			s->depth--;
		} else if (v.text.at != NULL && p->node != NULL)
			good = check_inside(s, p->node, &v, in);
		if (!good)
			return false;
	}
	return true;
}

static bool
check_members(struct schema *s, const struct node *n, const struct value *v)
{
	size_t base = s->n_slots;
	uint64_t count = 0;
	bool good;

	if (s->depth == RECORD_DEPTH)
		return refuse(s, "is nested too deep");
	take_slots(s, n->n_properties);
	good = sort_in(s, n, v, base, &count) && check_slots(s, n, base);
	s->n_slots = base;
	if (good && count < n->min_properties)
		return refuse(
		    s, "has less than %" PRIu64 " members", n->min_properties);
	if (good && count > n->max_properties)
		return refuse(
		    s, "has more than %" PRIu64 " members", n->max_properties);
	return good;
}

/* The reasons of schemas of which only some need fit are not told. */
static bool
check_group(
    struct schema *s, const struct node *n, enum group g, const struct value *v)
{
	static const char *const whys[] = { [ANY_OF] = "fits none of anyOf",
		[ONE_OF] = "does not fit exactly one of oneOf",
		[NOT] = "fits what it must not" };
	size_t fit = 0;

	for (size_t i = 0; i < n->n_groups[g]; i++) {
		if (check(s, n->groups[g][i], v))
			fit++;
		else if (g == ALL_OF || g == REF)
			return false;
	}
	if (n->n_groups[g] == 0 || g == ALL_OF || g == REF ||
	    (g == ANY_OF && fit > 0) || (g == ONE_OF && fit == 1) ||
	    (g == NOT && fit == 0))
		return true;
	return refuse(s, "%s", whys[g]);
}

static bool
check(struct schema *s, const struct node *n, const struct value *v)
{
	bool good = true;

	if (n->never)
		return refuse(s, "is allowed nothing");
	if (!is_of_type(n, v))
		return refuse(s, "is of the wrong type");
	if (!is_among(s, n, v))
		return refuse(
		    s, n->constant ? "is not the constant" : "is none of enum");
	switch (v->type) {
	case VALUE_STRING: good = check_string(s, n, v); break;
	case VALUE_NUMBER: good = check_number(s, n, v); break;
	case VALUE_ARRAY: good = check_items(s, n, v); break;
	case VALUE_OBJECT: good = check_members(s, n, v); break;
	default: break;
	}
	for (enum group g = 0; good && g < GROUPS; g++)
		good = check_group(s, n, g, v);
	return good;
}

bool
schema_check(struct schema *s, struct value v)
{
	s->depth = s->n_slots = 0;
	s->budget = (struct rex_budget){ 0, 0 };
	return check(s, s->top, &v);
}
