/* SPDX-License-Identifier: MIT */
/* record -- one line of JSON holding one object: check, look, splice. */
#include "lib/record.h"

#include <stdlib.h>
#include <string.h>

#include "lib/diag.h"
#include "lib/jscan.h"
#include "lib/jstr.h"
#include "lib/num.h"
#include "lib/record_memo.h"

#define MEMBERS_AT_FIRST 32
_Static_assert(MEMBERS_AT_FIRST >= MEMO_MEMBERS, "room for all of them");

void
record_init(struct record *r)
{
	*r = (struct record){ .why = NULL };
	buf_init(&r->scratch);
}

void
record_release(struct record *r)
{
	free(r->members);
	free(r->memo);
	buf_release(&r->scratch);
	record_init(r);
}

static int
fail(struct record *r, const char *why, size_t offset)
{
	r->n_members = 0;
	r->why = why;
	r->offset = offset;
	return -1;
}

static void
grow(struct record *r)
{
	r->size = r->size == 0 ? MEMBERS_AT_FIRST : 2 * r->size;
	r->members = or_die(realloc(r->members, r->size * sizeof *r->members));
	if (r->memo == NULL)
		r->memo = or_die(calloc(1, sizeof *r->memo));
}

/* The next, and those before it that are as in the record before. */
static int
next_members(struct record *r, struct jscan *s, size_t *others)
{
	if (r->n_members == RECORD_MEMBERS)
		return jscan_fail(s, "more than 10000 members");
	if (r->n_members == r->size)
		grow(r);
	r->n_members += record_memo_read(
	    r->memo, s, r->n_members, &r->members[r->n_members]);
	jscan_blanks(s);
	++*others;
	return jscan_member(s, &r->members[r->n_members++], 1);
}

/* The members between the braces, and the closing one. */
static int
members(struct record *r, struct jscan *s)
{
	size_t others = 0;

	jscan_blanks(s);
	if (jscan_peek(s) == '}') {
		s->at++;
		return 0;
	}
	for (;;) {
		if (next_members(r, s, &others) < 0)
			return -1;
		jscan_blanks(s);
		switch (jscan_peek(s)) {
		case ',':
			s->at++;
			jscan_blanks(s);
			break;
		case '}':
			s->at++;
			record_memo_keep(
			    r->memo, s, r->members, r->n_members, others);
			return 0;
		default: return jscan_fail(s, "no comma");
		}
	}
}

/* Nothing but blanks may follow. */
static int
last(struct jscan *s)
{
	jscan_blanks(s);
	return s->at == s->end ? 0 : jscan_fail(s, "more after the value");
}

int
record_check(struct record *r, struct span text)
{
	struct jscan s;
	struct value v;

	jscan_init(&s, text);
	jscan_blanks(&s);
	if (jscan_value(&s, &v, 0) < 0 || last(&s) < 0)
		return fail(r, s.why, (size_t)(s.at - text.at));
	return 0;
}

int
record_parse(struct record *r, struct span line)
{
	struct jscan s;

	r->line = line;
	r->n_members = 0;
	if (line.len > RECORD_MAX)
		return fail(r, "longer than a record may be", RECORD_MAX);
	jscan_init(&s, line);
	jscan_blanks(&s);
	if (jscan_peek(&s) != '{') {
		if (record_check(r, line) < 0)
			return -1;
		return fail(r, "not an object", (size_t)(s.at - line.at));
	}
	s.at++;
	if (members(r, &s) < 0 || last(&s) < 0)
		return fail(r, s.why, (size_t)(s.at - line.at));
	return 0;
}

static bool
is_named(struct record *r, const struct member *m, struct span name)
{
	if (!m->escaped) /* few begin alike, and fewer are as long */
		return m->name.len == name.len &&
		    (name.len == 0 ||
			(m->name.at[0] == name.at[0] &&
			    memcmp(m->name.at, name.at, name.len) == 0));
	buf_reset(&r->scratch);
	return jstr_unescape(&r->scratch, m->name) == 0 &&
	    span_eq(buf_span(&r->scratch), name);
}

/* The last of that name, or NULL. */
static const struct member *
find(struct record *r, struct span name)
{
	for (size_t i = r->n_members; i-- > 0;)
		if (is_named(r, &r->members[i], name))
			return &r->members[i];
	return NULL;
}

bool
record_get(struct record *r, const char *name, struct value *v)
{
	const struct member *m = find(r, span_of(name));

	if (m != NULL)
		*v = m->value;
	return m != NULL;
}

int
value_u64(const struct value *v, uint64_t *n)
{
	const char *why;

	return v->type == VALUE_NUMBER ? num_u64(v->text, n, &why) : -1;
}

int
value_text(const struct value *v, struct buf *b)
{
	if (v->type != VALUE_STRING)
		return -1;
	if (v->escaped && jstr_unescape(b, v->text) < 0 && !b->failed)
		return -1;
	if (!v->escaped)
		buf_add(b, v->text);
	if (b->failed)
		or_die(NULL);
	return 0;
}

/* The first member behind `after` that one of the changes is for. */
static const struct member *
next_changed(struct record *r, const struct change *changes, size_t n,
    const struct member *after, struct span *json)
{
	const struct member *m, *first = NULL;

	for (size_t i = 0; i < n; i++) {
		m = find(r, changes[i].name);
		if (m == NULL || (after != NULL && m <= after))
			continue;
		if (first == NULL || m < first) {
			first = m;
			*json = changes[i].json;
		}
	}
	return first;
}

void
record_splice(
    struct record *r, const struct change *changes, size_t n, struct buf *dst)
{
	const struct member *m = NULL;
	const char *from = r->line.at;
	const char *brace = r->line.at + r->line.len - 1;
	bool empty = r->n_members == 0;
	struct span json;

	while ((m = next_changed(r, changes, n, m, &json)) != NULL) {
		const struct span old = m->value.text;
		size_t quote = m->value.type == VALUE_STRING;

		buf_add(dst,
		    (struct span){ from, (size_t)(old.at - quote - from) });
		buf_add(dst, json);
		from = old.at + old.len + quote;
	}
	while (*brace != '}') /* blanks may follow it */
		brace--;
	buf_add(dst, (struct span){ from, (size_t)(brace - from) });
	for (size_t i = 0; i < n; i++) {
		if (find(r, changes[i].name) != NULL)
			continue;
		buf_adds(dst, empty ? "\"" : ",\"");
		buf_add(dst, changes[i].name);
		buf_add(dst, SPAN("\":"));
		buf_add(dst, changes[i].json);
		empty = false;
	}
	buf_add(dst,
	    (struct span){ brace, (size_t)(r->line.at + r->line.len - brace) });
}
