/* SPDX-License-Identifier: MIT */
#include "redact_where.h"

#include <stdlib.h>
#include <sysexits.h>

#include "lib/diag.h"
#include "lib/num.h"
#include "lib/pointer.h"

static void
add_name(struct where_path *p, struct span name)
{
	char *copy = or_die(malloc(name.len + 1));

	if (name.len > 0)
		memcpy(copy, name.at, name.len);
	p->names = or_die(realloc(p->names, (p->n + 1) * sizeof(*p->names)));
	p->names[p->n++] = (struct span){ copy, name.len };
}

const char *
where_option(struct where *w, const char *name)
{
	struct span rest = span_of(name);
	struct where_path *p = &w->paths[w->n_paths];
	struct buf first;

	if (w->n_paths == WHERE_MOST)
		return "too many of them";
	if (*name == '/' && !pointer_is(rest))
		return "no JSON pointer";
	w->n_paths++;
	if (*name != '/') {
		add_name(p, rest);
		return NULL;
	}
	buf_init(&first);
	while (rest.len > 0) {
		buf_reset(&first);
		rest = pointer_first(rest, &first);
		if (first.failed)
			die(EX_TEMPFAIL, "out of memory");
		add_name(p, buf_span(&first));
	}
	buf_release(&first);
	return NULL;
}

void
where_release(struct where *w)
{
	for (size_t i = 0; i < w->n_paths; i++) {
		for (size_t k = 0; k < w->paths[i].n; k++)
			free((char *)(uintptr_t)w->paths[i].names[k].at);
		free(w->paths[i].names);
	}
	free(w->places);
	buf_release(&w->scratch);
}

static void
add_place(struct where *w, const struct member *m)
{
	size_t quote = m->value.type == VALUE_STRING;

	if (w->n == w->size) {
		w->size = w->size == 0 ? 64 : 2 * w->size;
		w->places =
		    or_die(realloc(w->places, w->size * sizeof(*w->places)));
	}
	w->places[w->n++] = (struct place){ { m->value.text.at - quote,
						m->value.text.len + 2 * quote },
		m->name };
}

static void descend(struct where *, const struct where_path *, size_t depth,
    const struct member *);

/* A member, or an item, of what is `depth' names deep. */
static void
look(struct where *w, const struct where_path *p, size_t depth, size_t index,
    bool named, const struct member *m)
{
	char digits[NUM_DIGITS];
	struct span name = { digits, 0 };

	if (named)
		name = member_name(m, &w->scratch);
	else
		name.len = num_render(digits, index);
	if (span_eq(name, p->names[depth]))
		descend(w, p, depth + 1, m);
}

static void
descend(struct where *w, const struct where_path *p, size_t depth,
    const struct member *m)
{
	struct member inner;
	struct walk walk;

	if (depth == p->n) {
		add_place(w, m);
		return;
	}
	if (m->value.type != VALUE_OBJECT && m->value.type != VALUE_ARRAY)
		return;
	walk_init(&walk, m->value.text);
	for (size_t i = 0; walk_next(&walk, &inner); i++)
		look(w, p, depth, i, walk.object, &inner);
}

static int
by_place(const void *a, const void *b)
{
	const struct span *x = &((const struct place *)a)->value;
	const struct span *y = &((const struct place *)b)->value;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->len < y->len) - (x->len > y->len);
}

/* Sorted, and without those that stand in one before them. */
static void
put_in_order(struct where *w)
{
	size_t n = 0;

	qsort(w->places, w->n, sizeof(*w->places), by_place);
	for (size_t i = 0; i < w->n; i++) {
		const struct span *last =
		    n > 0 ? &w->places[n - 1].value : NULL;

		if (last == NULL ||
		    w->places[i].value.at >= last->at + last->len)
			w->places[n++] = w->places[i];
	}
	w->n = n;
}

void
where_find(struct where *w, const struct record *r)
{
	w->n = 0;
	for (size_t i = 0; i < r->n_members; i++) {
		const struct member *m = &r->members[i];

		if (i == 0 && span_is(m->name, "_rx"))
			continue;
		if (w->n_paths == 0)
			add_place(w, m);
		for (size_t k = 0; k < w->n_paths; k++)
			look(w, &w->paths[k], 0, 0, true, m);
	}
	if (w->n_paths > 1 && w->n > 1)
		put_in_order(w);
}
