#include "cmd/rx-alert/pick.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/pointer.h"

#define NUMBER_MAX 64 /* digits and all; longer is no measurement */

static struct value
whole(const struct record *r)
{
	return (struct value){ r->line, VALUE_OBJECT, false };
}

bool
pick_find(
    struct picker *p, struct record *r, const char *pointer, struct value *out)
{
	return pointer_find(whole(r), span_of(pointer), &p->name, out);
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

/* "/a/STAR/b": every member of /a that has a b. */
static bool
pick_every(struct picker *p, struct record *r, const char *pointer,
    const char *star, const struct pick_use *use)
{
	struct value v = whole(r), inner;
	struct walk w;
	struct member m;
	double number;

	if (!pointer_find(v, (struct span){ pointer, (size_t)(star - pointer) },
		&p->name, &v) ||
	    v.type != VALUE_OBJECT)
		return false;
	walk_init(&w, v.text);
	while (walk_next(&w, &m)) {
		if (!pointer_find(
			m.value, span_of(star + 2), &p->name, &inner) ||
		    inner.type == VALUE_NULL)
			continue;
		if (pick_number(&inner, &number))
			use->value(use->arg, member_name(&m, &p->name), number);
		else
			p->bad++;
	}
	return true;
}

bool
pick_each(struct picker *p, struct record *r, const struct pick *pick,
    const struct pick_use *use)
{
	const char *star = strstr(pick->pointers[0], "/*");

	if (star != NULL && (star[2] == '/' || star[2] == '\0'))
		return pick_every(p, r, pick->pointers[0], star, use);
	return pick_sum(p, r, pick, use);
}
