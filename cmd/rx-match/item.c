/* SPDX-License-Identifier: MIT */
#include "item.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/pointer.h"

void
item_init(struct item *it)
{
	memset(it, 0, sizeof(*it));
	record_init(&it->record);
	buf_init(&it->values);
	buf_init(&it->scratch);
	buf_init(&it->searched);
	buf_init(&it->made);
	buf_init(&it->folded);
	buf_init(&it->rewritten);
}

void
item_release(struct item *it)
{
	record_release(&it->record);
	buf_release(&it->values);
	buf_release(&it->scratch);
	buf_release(&it->searched);
	buf_release(&it->made);
	buf_release(&it->folded);
	buf_release(&it->rewritten);
	free(it->noted);
	free(it->changes);
}

void
item_reset(struct item *it)
{
	it->n_noted = 0;
	it->values.len = 0;
	it->binding = false;
}

static _Noreturn void
no_memory(void)
{
	die(EX_TEMPFAIL, "out of memory");
}

static struct noted *
find(const struct item *it, struct span name)
{
	for (size_t i = 0; i < it->n_noted; i++)
		if (span_eq(it->noted[i].name, name))
			return &it->noted[i];
	return NULL;
}

static void
grow(struct item *it)
{
	size_t size = it->size == 0 ? 16 : 2 * it->size;

	/* One more change: the severity. */
	it->noted = realloc(it->noted, size * sizeof(*it->noted));
	it->changes = realloc(it->changes, (size + 1) * sizeof(*it->changes));
	if (it->noted == NULL || it->changes == NULL)
		no_memory();
	it->size = size;
}

/* The value is what was added to values since from. */
static void
note(struct item *it, struct span name, size_t from)
{
	struct noted *n = find(it, name);

	if (it->values.failed)
		no_memory();
	if (n == NULL) {
		if (it->n_noted == it->size)
			grow(it);
		n = &it->noted[it->n_noted++];
		n->name = name;
	}
	n->from = from;
	n->len = it->values.len - from;
}

void
item_set(struct item *it, struct span name, struct span json)
{
	size_t from = it->values.len;

	buf_add(&it->values, json);
	note(it, name, from);
}

void
item_set_text(struct item *it, struct span name, struct span text)
{
	size_t from = it->values.len;

	jstr_add(&it->values, text);
	note(it, name, from);
}

void
item_copy(struct item *to, const struct item *from)
{
	item_reset(to);
	if (record_parse(&to->record, from->record.line) < 0)
		no_memory(); /* once it was a record */
	to->line = from->line;
	to->number = from->number;
	to->text = from->text;
	to->severity = from->severity;
	to->limited = from->limited;
	to->around = from->around;
	to->binding = from->binding;
	to->now_ns = from->now_ns;
	for (size_t i = 0; i < from->n_noted; i++)
		item_set(to, from->noted[i].name,
		    (struct span){ from->values.at + from->noted[i].from,
			from->noted[i].len });
}

static struct value
value_of(struct span json)
{
	struct value v = { .text = json };

	switch (json.at[0]) {
	case '"':
		v.type = VALUE_STRING;
		v.text = (struct span){ json.at + 1, json.len - 2 };
		v.escaped = memchr(v.text.at, '\\', v.text.len) != NULL;
		break;
	case '{': v.type = VALUE_OBJECT; break;
	case '[': v.type = VALUE_ARRAY; break;
	case 't': v.type = VALUE_TRUE; break;
	case 'f': v.type = VALUE_FALSE; break;
	case 'n': v.type = VALUE_NULL; break;
	default: v.type = VALUE_NUMBER; break;
	}
	return v;
}

static bool
get(struct item *it, struct span name, struct value *v)
{
	const struct noted *n = find(it, name);

	if (n == NULL)
		return record_get(&it->record, name.at, v);
	*v = value_of((struct span){ it->values.at + n->from, n->len });
	return true;
}

bool
item_get(struct item *it, const char *name, struct value *v)
{
	return get(it, span_of(name), v);
}

void
item_path_init(struct item_path *p, const char *name)
{
	buf_init(&p->name);
	p->rest = (struct span){ NULL, 0 };
	if (name[0] == '/')
		p->rest = pointer_first(span_of(name), &p->name);
	else
		buf_adds(&p->name, name);
	buf_addc(&p->name, '\0');
	if (p->name.failed)
		no_memory();
	p->top = (struct span){ p->name.at, p->name.len - 1 };
}

void
item_path_release(struct item_path *p)
{
	buf_release(&p->name);
}

bool
item_find(struct item *it, const struct item_path *p, struct value *v)
{
	if (!get(it, p->top, v))
		return false;
	return p->rest.len == 0 || pointer_find(*v, p->rest, &it->scratch, v);
}

struct span
item_string(struct item *it, const struct value *v)
{
	if (v->type != VALUE_STRING || !v->escaped)
		return v->text;
	buf_reset(&it->scratch);
	if (value_text(v, &it->scratch) < 0)
		no_memory();
	return buf_span(&it->scratch);
}

struct span
item_text(struct item *it, const char *name)
{
	struct value v;

	if (!item_get(it, name, &v) || v.type != VALUE_STRING)
		return (struct span){ NULL, 0 };
	return item_string(it, &v);
}

/* The severity is a change like any other, and the last. */
void
item_render(struct item *it, struct buf *dst)
{
	const char *values = it->values.at;
	size_t n = 0;

	if (it->size == 0)
		grow(it);
	for (size_t i = 0; i < it->n_noted; i++)
		it->changes[n++] = (struct change){ it->noted[i].name,
			{ values + it->noted[i].from, it->noted[i].len } };
	if (it->severity != SEVERITY_NONE)
		it->changes[n++] = (struct change){ SPAN("severity"),
			severity_json(it->severity) };
	record_splice(&it->record, it->changes, n, dst);
}
