#include "cmd/rx-alert/pick.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 64 /* digits and all; longer is no measurement */

/* The next token of a pointer; text is behind its slash. */
static struct span
token(const char **pointer)
{
	struct span t = { *pointer + 1, strcspn(*pointer + 1, "/") };

	*pointer = t.at + t.len;
	return t;
}

/* "a~1b" names the member "a/b". */
static bool
token_is(struct span t, struct span name)
{
	size_t i, k;
	char c;

	if (memchr(t.at, '~', t.len) == NULL)
		return span_eq(t, name);
	for (i = k = 0; i < t.len; i++, k++) {
		c = t.at[i];
		if (c == '~' && i + 1 < t.len)
			c = t.at[++i] == '1' ? '/' : '~';
		if (k >= name.len || name.at[k] != c)
			return false;
	}
	return k == name.len;
}

static struct span
plain_name(struct picker *p, const struct member *m)
{
	struct value name = { m->name, VALUE_STRING, m->escaped };

	if (!m->escaped)
		return m->name;
	buf_reset(&p->name);
	if (value_text(&name, &p->name) < 0)
		return m->name;
	return buf_span(&p->name);
}

static bool
token_index(struct span t, size_t *index)
{
	size_t i;

	*index = 0;
	for (i = 0; i < t.len && i < 6; i++) {
		if (t.at[i] < '0' || t.at[i] > '9')
			return false;
		*index = *index * 10 + (size_t)(t.at[i] - '0');
	}
	return i == t.len && i > 0;
}

/* One step down.  Of members that share a name the last counts. */
static bool
descend(
    struct picker *p, const struct value *in, struct span t, struct value *out)
{
	struct walk w;
	struct member m;
	bool found = false;
	size_t index = 0, i;

	if (in->type == VALUE_ARRAY) {
		if (!token_index(t, &index))
			return false;
	} else if (in->type != VALUE_OBJECT)
		return false;
	walk_init(&w, in->text);
	for (i = 0; walk_next(&w, &m); i++)
		if (w.object ? token_is(t, plain_name(p, &m)) : i == index) {
			*out = m.value;
			found = true;
			if (!w.object)
				break;
		}
	return found;
}

static bool
follow(struct picker *p, struct value v, const char *pointer, struct value *out)
{
	while (*pointer == '/')
		if (!descend(p, &v, token(&pointer), &v))
			return false;
	*out = v;
	return true;
}

static struct value
whole(const struct record *r)
{
	return (struct value){ r->line, VALUE_OBJECT, false };
}

bool
pick_find(
    struct picker *p, struct record *r, const char *pointer, struct value *out)
{
	return follow(p, whole(r), pointer, out);
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

	while (pointer < star)
		if (!descend(p, &v, token(&pointer), &v))
			return false;
	if (v.type != VALUE_OBJECT)
		return false;
	walk_init(&w, v.text);
	while (walk_next(&w, &m)) {
		if (!follow(p, m.value, star + 2, &inner) ||
		    inner.type == VALUE_NULL)
			continue;
		if (pick_number(&inner, &number))
			use->value(use->arg, plain_name(p, &m), number);
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
