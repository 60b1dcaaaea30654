/* SPDX-License-Identifier: MIT */
/*
 * parse_json -- a JSON object at the end of a text, as loggers write it behind
 * a time and a level, or alone.
 */
#include <string.h>
#include <sysexits.h>

#include "lib/diag.h"

#include "parse.h"

#define MOST_TRIES 4 /* braces that may begin the object */

/* As JSON on one line: between values of the text there may be newlines. */
static struct span
on_one_line(struct parsing *p, const struct value *v)
{
	size_t quote = v->type == VALUE_STRING;
	struct span json = { v->text.at - quote, v->text.len + 2 * quote };

	if (v->type != VALUE_OBJECT && v->type != VALUE_ARRAY)
		return json;
	buf_reset(&p->scratch);
	for (size_t i = 0; i < json.len; i++)
		if ((unsigned char)json.at[i] >= ' ')
			buf_addc(&p->scratch, json.at[i]);
	if (p->scratch.failed)
		die(EX_TEMPFAIL, "out of memory");
	return buf_span(&p->scratch);
}

static bool
is_last_of_name(const struct record *r, size_t i)
{
	for (size_t k = i + 1; k < r->n_members; k++)
		if (span_eq(r->members[k].name, r->members[i].name))
			return false;
	return true;
}

static bool
find_object(struct parsing *p, struct span text)
{
	for (int tries = 0; tries < MOST_TRIES; tries++) {
		const char *brace = memchr(text.at, '{', text.len);

		if (brace == NULL)
			return false;
		text = span_skip(text, (size_t)(brace - text.at));
		if (record_parse(&p->record, text) == 0)
			return true;
		text = span_skip(text, 1);
	}
	return false;
}

void
parse_json(struct parsing *p, struct span text)
{
	size_t n;

	if (text.len == 0 || !find_object(p, text))
		return;
	/* Each is looked for among all: no square of a hostile line. */
	n = p->record.n_members < PARSE_PAIRS ? p->record.n_members
					      : PARSE_PAIRS;
	p->to->left_out += p->record.n_members - n;
	for (size_t i = 0; i < n; i++) {
		const struct member *m = &p->record.members[i];

		if (p->to->added < ENRICH_MOST &&
		    !is_last_of_name(&p->record, i))
			continue;
		enrich_json(p->to, m->name, on_one_line(p, &m->value));
	}
}
