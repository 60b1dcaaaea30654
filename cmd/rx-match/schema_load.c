/* SPDX-License-Identifier: MIT */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/diag.h"
#include "lib/pointer.h"

#include "schema_read.h"

/* What a node says while it is read. */
struct draft {
	struct conf_at types, values, constant, required, properties;
	struct conf_at additional, items, groups[GROUPS], defs, ignored;
	const char *pattern, *format;
	double minimum, maximum, above, below;
	uint64_t min_length, max_length, min_items, max_items;
	uint64_t min_properties, max_properties;
};

#define AT(member) offsetof(struct draft, member)
#define ANY(name, member) CONF_ROW(name, CONF_ANY, AT(member))
#define NUMBER(name, member) \
	CONF_RANGE(name, CONF_NUMBER, AT(member), -DBL_MAX, DBL_MAX)
#define COUNT(name, member) CONF_ROW(name, CONF_COUNT, AT(member))

static const struct conf_member keywords[] = {
	ANY("type", types),
	ANY("enum", values),
	ANY("const", constant),
	NUMBER("minimum", minimum),
	NUMBER("maximum", maximum),
	NUMBER("exclusiveMinimum", above),
	NUMBER("exclusiveMaximum", below),
	COUNT("minLength", min_length),
	COUNT("maxLength", max_length),
	CONF_ROW("pattern", CONF_TEXT, AT(pattern)),
	CONF_ROW("format", CONF_TEXT, AT(format)),
	ANY("properties", properties),
	ANY("required", required),
	ANY("additionalProperties", additional),
	COUNT("minProperties", min_properties),
	COUNT("maxProperties", max_properties),
	ANY("items", items),
	COUNT("minItems", min_items),
	COUNT("maxItems", max_items),
	ANY("allOf", groups[ALL_OF]),
	ANY("anyOf", groups[ANY_OF]),
	ANY("oneOf", groups[ONE_OF]),
	ANY("not", groups[NOT]),
	ANY("$ref", groups[REF]),
	ANY("$defs", defs),
	ANY("definitions", defs),
	/* Words about the schema, which ask nothing. */
	ANY("$schema", ignored),
	ANY("$id", ignored),
	ANY("$comment", ignored),
	ANY("title", ignored),
	ANY("description", ignored),
	ANY("default", ignored),
	ANY("examples", ignored),
	ANY("deprecated", ignored),
	ANY("readOnly", ignored),
	ANY("writeOnly", ignored),
	CONF_END,
};

static struct node *load(struct schema *, const struct conf_at *);

static int
read_values(struct node *n, const struct draft *d)
{
	if (d->constant.json != NULL) {
		n->constant = true;
		if (d->values.json != NULL)
			return schema_refuse(&d->constant, "enum is there too");
		return schema_value(n, &d->constant);
	}
	if (d->values.json == NULL)
		return 0;
	if (!conf_is_array(&d->values) || conf_count(&d->values) == 0)
		return schema_refuse(&d->values, "must be a list");
	for (size_t i = 0; i < conf_count(&d->values); i++) {
		struct conf_at item = conf_item(&d->values, i);

		if (schema_value(n, &item) < 0)
			return -1;
	}
	return 0;
}

static struct property *
property(struct node *n, const char *name)
{
	struct property *p = n->properties;

	for (size_t i = 0; i < n->n_properties; i++)
		if (span_is(p[i].name, name))
			return &p[i];
	p = schema_more(p, n->n_properties + 1, sizeof(*p));
	if (p == NULL)
		return NULL;
	n->properties = p;
	p += n->n_properties++;
	*p = (struct property){ .name = span_of(name) };
	return p;
}

static int
by_name(const void *a, const void *b)
{
	const struct span *x = &((const struct property *)a)->name;
	const struct span *y = &((const struct property *)b)->name;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->at, y->at, x->len);
}

static int
read_properties(struct schema *s, struct node *n, const struct draft *d)
{
	const struct conf_at *all = &d->properties, *required = &d->required;
	struct property *p;

	if (all->json != NULL && !conf_is_object(all))
		return schema_refuse(all, "must be an object");
	for (size_t i = 0; all->json != NULL && i < conf_count(all); i++) {
		struct conf_at item = conf_item(all, i);
		struct node *node = load(s, &item);

		if (node == NULL)
			return -1;
		if ((p = property(n, item.key)) == NULL)
			die(EX_TEMPFAIL, "out of memory");
		p->node = node;
	}
	if (required->json != NULL && !conf_is_array(required))
		return schema_refuse(required, "must be a list");
	for (size_t i = 0; required->json != NULL && i < conf_count(required);
	     i++) {
		struct conf_at item = conf_item(required, i);

		if (conf_text(&item) == NULL)
			return schema_refuse(&item, "must be a name");
		if ((p = property(n, conf_text(&item))) == NULL)
			die(EX_TEMPFAIL, "out of memory");
		p->required = true;
	}
	if (n->n_properties > 1)
		qsort(n->properties, n->n_properties, sizeof(*p), by_name);
	return 0;
}

static int
read_one(struct schema *s, struct node **node, const struct conf_at *at)
{
	if (at->json == NULL)
		return 0;
	return (*node = load(s, at)) == NULL ? -1 : 0;
}

static int
add_to_group(struct node *n, enum group g, struct node *member)
{
	struct node **nodes = schema_more(
	    n->groups[g], n->n_groups[g] + 1, sizeof(struct node *));

	if (nodes == NULL)
		return -1;
	n->groups[g] = nodes;
	nodes[n->n_groups[g]++] = member;
	return 0;
}

static int
read_group(
    struct schema *s, struct node *n, enum group g, const struct conf_at *at)
{
	if (!conf_is_array(at) || conf_count(at) == 0)
		return schema_refuse(at, "must be a list of schemas");
	for (size_t i = 0; i < conf_count(at); i++) {
		struct conf_at item = conf_item(at, i);
		struct node *member = load(s, &item);

		if (member == NULL)
			return -1;
		if (add_to_group(n, g, member) < 0)
			die(EX_TEMPFAIL, "out of memory");
	}
	return 0;
}

/* The schema at a pointer from `at` on; ref is where that is asked for. */
static struct node *
follow(struct schema *s, const struct conf_at *at, struct span pointer,
    const struct conf_at *ref)
{
	struct conf_at item;
	struct buf name;
	bool there;

	if (pointer.len == 0)
		return load(s, at);
	buf_init(&name);
	pointer = pointer_first(pointer, &name);
	there = conf_find(at, buf_span(&name), &item);
	buf_release(&name);
	if (there)
		return follow(s, &item, pointer, ref);
	schema_refuse(ref, "nothing is there");
	return NULL;
}

static int
read_ref(struct schema *s, struct node *n, const struct conf_at *at)
{
	const char *text = conf_text(at);
	struct node *node;

	if (text == NULL || text[0] != '#' ||
	    (text[1] != '\0' && !pointer_is(span_of(text + 1))))
		return schema_refuse(at, "only # and a pointer into this file");
	node = follow(s, &s->conf.top, span_of(text + 1), at);
	if (node == NULL)
		return -1;
	if (add_to_group(n, REF, node) < 0)
		die(EX_TEMPFAIL, "out of memory");
	return 0;
}

static int
read_groups(struct schema *s, struct node *n, const struct draft *d)
{
	struct node *not = NULL;

	for (enum group g = ALL_OF; g <= ONE_OF; g++)
		if (d->groups[g].json != NULL &&
		    read_group(s, n, g, &d->groups[g]) < 0)
			return -1;
	if (read_one(s, &not, &d->groups[NOT]) < 0)
		return -1;
	if (not != NULL && add_to_group(n, NOT, not ) < 0)
		die(EX_TEMPFAIL, "out of memory");
	if (d->groups[REF].json != NULL)
		return read_ref(s, n, &d->groups[REF]);
	return 0;
}

/* What is defined is read when it is referred to; all must be schemas. */
static int
read_defs(struct schema *s, const struct conf_at *defs)
{
	if (defs->json == NULL)
		return 0;
	if (!conf_is_object(defs))
		return schema_refuse(defs, "must be an object");
	for (size_t i = 0; i < conf_count(defs); i++) {
		struct conf_at item = conf_item(defs, i);

		if (load(s, &item) == NULL)
			return -1;
	}
	return 0;
}

static int
check_keywords(const struct conf_at *at)
{
	for (size_t i = 0; i < conf_count(at); i++) {
		struct conf_at item = conf_item(at, i);
		const struct conf_member *k = keywords;

		while (k->name != NULL && strcmp(k->name, item.key) != 0)
			k++;
		if (k->name == NULL)
			return schema_refuse(
			    &item, "this keyword is not supported");
	}
	return 0;
}

static int
fill(struct schema *s, struct node *n, const struct conf_at *at)
{
	struct draft d = { .minimum = NAN,
		.maximum = NAN,
		.above = NAN,
		.below = NAN,
		.max_length = UINT64_MAX,
		.max_items = UINT64_MAX,
		.max_properties = UINT64_MAX };

	if (check_keywords(at) < 0 || conf_fill(at, keywords, &d) < 0)
		return -1;
	n->minimum = d.minimum;
	n->maximum = d.maximum;
	n->above = d.above;
	n->below = d.below;
	n->min_length = d.min_length;
	n->max_length = d.max_length;
	n->min_items = d.min_items;
	n->max_items = d.max_items;
	n->min_properties = d.min_properties;
	n->max_properties = d.max_properties;
	if (schema_types(n, &d.types) < 0 || read_values(n, &d) < 0 ||
	    schema_pattern(n, at, d.pattern) < 0 ||
	    schema_format(n, at, d.format) < 0 ||
	    read_properties(s, n, &d) < 0 ||
	    read_one(s, &n->additional, &d.additional) < 0 ||
	    read_one(s, &n->items, &d.items) < 0 || read_groups(s, n, &d) < 0 ||
	    read_defs(s, &d.defs) < 0)
		return -1;
	return 0;
}

/* The node of a schema, which is made when it is first met. */
static struct node *
load(struct schema *s, const struct conf_at *at)
{
	struct span json;
	struct node *n;
	int got;

	if (conf_is_object(at)) /* true and false are no places of their own */
		for (n = s->nodes; n != NULL; n = n->next)
			if (n->json == at->json)
				return n;
	n = or_die(calloc(1, sizeof(*n)));
	n->next = s->nodes;
	s->nodes = n;
	if (++s->n_nodes > SCHEMA_NODES || s->reading == SCHEMA_READ) {
		schema_refuse(at,
		    s->reading == SCHEMA_READ
			? "schemas nested, or referring to others, too deep"
			: "too many schemas");
		return NULL;
	}
	if (conf_is_object(at)) {
		n->json = at->json;
		s->reading++;
		got = fill(s, n, at);
		s->reading--;
		return got < 0 ? NULL : n;
	}
	json = conf_json(at);
	n->never = span_is(json, "false");
	n->minimum = n->maximum = n->above = n->below = NAN;
	n->max_length = n->max_items = n->max_properties = UINT64_MAX;
	if (n->never || span_is(json, "true"))
		return n;
	schema_refuse(at, "must be a schema: an object, true or false");
	return NULL;
}

int
schema_load(struct schema *s, const char *path)
{
	const char *why;

	*s = (struct schema){ .top = NULL };
	if (conf_read(&s->conf, path) < 0 ||
	    (s->top = load(s, &s->conf.top)) == NULL)
		return -1;
	if ((why = schema_measure(s)) != NULL)
		return schema_refuse(&s->conf.top, why);
	return 0;
}
