/* SPDX-License-Identifier: MIT */
/* schema_check -- what is in an object or an array, and schemas together. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/diag.h"

#include "schema_value.h"

#define MOST_AGAIN 64

static bool check(struct schema *, const struct node *, const struct value *);

static bool
check_inside(struct schema *s, const struct node *n, const struct value *v,
    struct step_in in)
{
	bool good;

	if (s->depth == sizeof(s->path) / sizeof(*s->path))
		return schema_no(s, "is nested too deep");
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
		return schema_no(
		    s, "has less than %" PRIu64 " items", n->min_items);
	if (in.index > n->max_items)
		return schema_no(
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

/*
 * A later member of that name is the one that counts.  A record in which so
 * many others fail is not looked through for each.
 */
static bool
comes_again(struct schema *s, struct walk rest, const struct member *m)
{
	struct member later;

	if (++s->again > MOST_AGAIN)
		return false;
	while (walk_next(&rest, &later)) {
		struct value a = { m->name, VALUE_STRING, m->escaped };
		struct value b = { later.name, VALUE_STRING, later.escaped };

		if (schema_is_same(s, &a, &b))
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
		good = schema_no(s, "is no member that is known");
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
		i = find(n, schema_text(s, &name));
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
			good = schema_no(s, "is missing");
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
		return schema_no(s, "is nested too deep");
	take_slots(s, n->n_properties);
	good = sort_in(s, n, v, base, &count) && check_slots(s, n, base);
	s->n_slots = base;
	if (good && count < n->min_properties)
		return schema_no(
		    s, "has less than %" PRIu64 " members", n->min_properties);
	if (good && count > n->max_properties)
		return schema_no(
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
	return schema_no(s, "%s", whys[g]);
}

static bool
check(struct schema *s, const struct node *n, const struct value *v)
{
	bool good;

	s->work -= (int64_t)(1 + v->text.len / 64 + n->n_values / 16);
	if (s->deep == SCHEMA_STACK)
		s->work = -1;
	if (s->work < 0)
		return false;
	s->deep++;
	good = schema_check_value(s, n, v);
	if (good && v->type == VALUE_ARRAY)
		good = check_items(s, n, v);
	if (good && v->type == VALUE_OBJECT)
		good = check_members(s, n, v);
	for (enum group g = 0; good && g < GROUPS; g++)
		good = check_group(s, n, g, v);
	s->deep--;
	return good;
}

bool
schema_check(struct schema *s, struct value v)
{
	bool good;

	s->depth = s->n_slots = s->deep = s->again = 0;
	s->budget = (struct rex_budget){ 0, 0 };
	s->work = SCHEMA_WORK + 4 * (int64_t)v.text.len;
	good = check(s, s->top, &v);
	if (s->work >= 0)
		return good;
	s->depth = 0; /* what "not" has made of it does not count */
	return schema_no(s, "is too much work for this schema");
}
