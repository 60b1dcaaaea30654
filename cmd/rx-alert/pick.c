/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/pick.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/pointer.h"

#define NUMBER_MAX 64 /* digits and all; longer is no measurement */

void
pick_forget(struct picker *p)
{
	p->n_inner = 0;
}

void
pick_release(struct picker *p)
{
	for (size_t i = 0; i < PICK_INNER; i++)
		record_release(&p->inner[i]);
	buf_release(&p->name);
	buf_release(&p->subject);
}

/* The members of an object; NULL: it is none, or too many were looked into. */
static struct record *
opened(struct picker *p, const struct value *v)
{
	size_t i;

	if (v->type != VALUE_OBJECT)
		return NULL;
	for (i = 0; i < p->n_inner; i++)
		if (p->inner[i].line.at == v->text.at)
			return &p->inner[i];
	if (i == PICK_INNER || record_parse(&p->inner[i], v->text) < 0)
		return NULL;
	p->n_inner++;
	return &p->inner[i];
}

/* From the record on as far as members are known, then by reading on. */
static bool
follow(
    struct picker *p, struct record *r, struct span pointer, struct value *out)
{
	struct value v = { r->line, VALUE_OBJECT, false };

	while (r != NULL && pointer.len > 0) {
		buf_reset(&p->name);
		pointer = pointer_first(pointer, &p->name);
		buf_addc(&p->name, '\0');
		if (p->name.failed || !record_get(r, p->name.at, &v))
			return false;
		r = pointer.len > 0 ? opened(p, &v) : NULL;
	}
	return pointer_find(v, pointer, &p->name, out);
}

bool
pick_find(
    struct picker *p, struct record *r, const char *pointer, struct value *out)
{
	return follow(p, r, span_of(pointer), out);
}

bool
pick_number(const struct value *v, double *number)
{
	char text[NUMBER_MAX];

	if (v->type != VALUE_NUMBER || v->text.len >= sizeof(text))
		return false;
	memcpy(text, v->text.at, v->text.len);
	text[v->text.len] = '\0';
	*number = strtod(text, NULL);
	return isfinite(*number);
}

static bool
pick_sum(struct picker *p, struct record *r, const struct pick *pick,
    const struct pick_use *use)
{
	double sum = 0, one;
	struct value v;
	size_t i;

	for (i = 0; i < pick->n; i++) {
		if (!pick_find(p, r, pick->pointers[i], &v) ||
		    v.type == VALUE_NULL)
			return false;
		if (!pick_number(&v, &one)) {
			p->bad++;
			return true;
		}
		sum += one;
	}
	use->value(use->arg, (struct span){ NULL, 0 }, sum);
	return true;
}

/* The next star of a pointer that stands for every member, or NULL. */
static const char *
star_in(const char *pointer)
{
	const char *star = pointer;

	while ((star = strstr(star, "/*")) != NULL)
		if (star[2] == '/' || star[2] == '\0')
			return star;
		else
			star += 2;
	return NULL;
}

static void pick_under(struct picker *, const struct value *in,
    const char *pointer, const struct pick_use *);

/* Every member of an object, and what the rest of the pointer leads to. */
static void
pick_members(struct picker *p, const struct value *object, const char *rest,
    const struct pick_use *use)
{
	size_t outer = p->subject.len;
	struct walk w;
	struct member m;

	if (object->type != VALUE_OBJECT)
		return;
	walk_init(&w, object->text);
	while (walk_next(&w, &m)) {
		if (outer > 0)
			buf_addc(&p->subject, ' ');
		buf_add(&p->subject, member_name(&m, &p->name));
		if (use->name != NULL && star_in(rest) == NULL)
			use->name(use->arg, buf_span(&p->subject));
		pick_under(p, &m.value, rest, use);
		p->subject.len = outer;
	}
}

static void
pick_under(struct picker *p, const struct value *in, const char *pointer,
    const struct pick_use *use)
{
	const char *star = star_in(pointer);
	struct span before = span_of(pointer);
	struct value v;
	double number;

	if (star != NULL)
		before.len = (size_t)(star - pointer);
	if (!pointer_find(*in, before, &p->name, &v) || v.type == VALUE_NULL)
		return;
	if (star != NULL)
		pick_members(p, &v, star + 2, use);
	else if (pick_number(&v, &number) && !p->subject.failed)
		use->value(use->arg, buf_span(&p->subject), number);
	else
		p->bad++;
}

/* "/a/STAR/b": every member of /a that has a b. */
static bool
pick_every(struct picker *p, struct record *r, const char *pointer,
    const char *star, const struct pick_use *use)
{
	struct value v;

	if (!follow(
		p, r, (struct span){ pointer, (size_t)(star - pointer) }, &v) ||
	    v.type != VALUE_OBJECT)
		return false;
	buf_reset(&p->subject);
	pick_members(p, &v, star + 2, use);
	return true;
}

bool
pick_each(struct picker *p, struct record *r, const struct pick *pick,
    const struct pick_use *use)
{
	const char *star = star_in(pick->pointers[0]);

	if (star != NULL)
		return pick_every(p, r, pick->pointers[0], star, use);
	return pick_sum(p, r, pick, use);
}
