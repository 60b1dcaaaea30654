/* SPDX-License-Identifier: MIT */
#include "lib/conf.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/diag.h"
#include "lib/newfile.h"
#include "lib/num.h"

/* Behind a number jansson takes a NUL for the end of it. */
static int
refuse_nul(struct conf *c)
{
	const char *nul = memchr(c->text.at, '\0', c->text.len);
	const char *line = c->text.at;
	int n = 1;

	if (nul == NULL)
		return 0;
	for (const char *at = line; at < nul; at++)
		if (*at == '\n') {
			line = at + 1;
			n++;
		}
	snprintf(c->why, sizeof(c->why), "%s:%d:%td: a NUL is no JSON", c->name,
	    n, nul - line + 1);
	return -1;
}

/* Out of memory in the middle, jansson finds a fault in the text. */
static void *
alloc_or_die(size_t n)
{
	return or_die(malloc(n));
}

static int
parse(struct conf *c)
{
	json_error_t e;
	json_t *json;

	if (c->text.len > 0 && refuse_nul(c) < 0)
		return -1;
	json_set_alloc_funcs(alloc_or_die, free);
	json = json_loadb(c->text.at, c->text.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
	if (json == NULL) {
		/* It counts what it could read: neither a byte that is no
		 * UTF-8, nor the end of an empty file. */
		if (e.column == 0 ||
		    json_error_code(&e) == json_error_invalid_utf8)
			e.column++;
		snprintf(c->why, sizeof(c->why), "%s:%d:%d: %s", c->name,
		    e.line, e.column, e.text);
		return -1;
	}
	c->top = (struct conf_at){ .conf = c, .json = json };
	return 0;
}

int
conf_parse(struct conf *c, const char *name, struct span text)
{
	c->name = name;
	c->top = (struct conf_at){ .conf = c };
	buf_init(&c->text);
	buf_add(&c->text, text);
	if (c->text.failed)
		or_die(NULL);
	return parse(c);
}

int
conf_read(struct conf *c, const char *path)
{
	c->name = path;
	c->top = (struct conf_at){ .conf = c };
	buf_init(&c->text);
	if (newfile_read(path, CONF_MAX, &c->text) < 0) {
		die_of_memory();
		snprintf(c->why, sizeof(c->why), "unable to read %s: %s", path,
		    strerror(errno));
		return -1;
	}
	return parse(c);
}

void
conf_release(struct conf *c)
{
	json_decref(c->top.json);
	c->top.json = NULL;
	buf_release(&c->text);
}

bool
conf_is_object(const struct conf_at *at)
{
	return json_is_object((json_t *)at->json);
}

bool
conf_is_array(const struct conf_at *at)
{
	return json_is_array((json_t *)at->json);
}

int
conf_list(const struct conf_at *list, const char *what, int most)
{
	size_t n;

	if (!conf_is_array(list))
		return conf_error(list, "\"%s\" must be a list", what);
	n = conf_count(list);
	if (n == 0 || n > (size_t)most)
		return conf_error(list, "1 to %d %s", most, what);
	return (int)n;
}

const char *
conf_text(const struct conf_at *at)
{
	return json_string_value(at->json);
}

bool
conf_number(const struct conf_at *at, double *number)
{
	if (!json_is_number((json_t *)at->json))
		return false;
	*number = json_number_value(at->json);
	return true;
}

static int
add_piece(const char *piece, size_t len, void *dst)
{
	buf_add(dst, (struct span){ piece, len });
	return 0;
}

void
conf_render(const struct conf_at *at, struct buf *dst)
{
	if (json_dump_callback(
		at->json, add_piece, dst, JSON_COMPACT | JSON_ENCODE_ANY) < 0)
		dst->failed = true;
}

size_t
conf_count(const struct conf_at *at)
{
	return conf_is_array(at) ? json_array_size(at->json)
				 : json_object_size(at->json);
}

struct conf_at
conf_item(const struct conf_at *at, size_t i)
{
	struct conf_at item = { .conf = at->conf, .up = at, .index = i };
	void *iter;

	if (conf_is_array(at)) {
		item.json = json_array_get(at->json, i);
		return item;
	}
	for (iter = json_object_iter(at->json); i > 0; i--)
		iter = json_object_iter_next(at->json, iter);
	item.key = json_object_iter_key(iter);
	item.json = json_object_iter_value(iter);
	return item;
}

bool
conf_find(const struct conf_at *at, struct span name, struct conf_at *item)
{
	void *iter;

	if (!conf_is_object(at))
		return false;
	for (iter = json_object_iter(at->json); iter != NULL;
	     iter = json_object_iter_next(at->json, iter))
		if (span_is(name, json_object_iter_key(iter)))
			break;
	if (iter == NULL)
		return false;
	*item = (struct conf_at){ .conf = at->conf,
		.json = json_object_iter_value(iter),
		.up = at,
		.key = json_object_iter_key(iter) };
	return true;
}

/* Numbers keep 0 to 12 digits in messages: "from 0 to 100". */
static int
check_range(const struct conf_at *at, const struct conf_member *m, double v)
{
	bool any = m->min == 0 && m->max == 0;

	if (isfinite(v) && v >= m->min && (any || v <= m->max))
		return 0;
	if (any)
		return conf_error(at, "\"%s\" must not be negative", m->name);
	return conf_error(
	    at, "\"%s\" must be from %.12g to %.12g", m->name, m->min, m->max);
}

static int
fill_duration(
    const struct conf_at *at, const struct conf_member *m, int64_t *target)
{
	const char *text = conf_text(at), *why;
	double seconds;
	int64_t ns;

	if (text != NULL) {
		if (num_duration(span_of(text), &ns, &why) < 0)
			return conf_error(at, "\"%s\" %s", m->name, why);
		seconds = (double)ns / (double)NUM_S;
	} else if (json_is_number((json_t *)at->json)) {
		seconds = json_number_value(at->json);
		if (seconds > 9e9)
			return conf_error(at, "\"%s\" is too long", m->name);
		ns = (int64_t)(seconds * (double)NUM_S);
	} else
		return conf_error(
		    at, "\"%s\" must be seconds or a duration", m->name);
	if (check_range(at, m, seconds) < 0)
		return -1;
	*target = ns;
	return 0;
}

static int
fill_choice(const struct conf_at *at, const struct conf_member *m, int *target)
{
	const char *text = conf_text(at);
	char list[200] = "";
	size_t n = 0;
	int i;

	for (i = 0; text != NULL && m->choices[i] != NULL; i++)
		if (strcmp(m->choices[i], text) == 0) {
			*target = i;
			return 0;
		}
	for (i = 0; m->choices[i] != NULL && n < sizeof(list); i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
		    i > 0 ? ", " : "", m->choices[i]);
	return conf_error(at, "\"%s\" must be one of %s", m->name, list);
}

static int
fill_one(const struct conf_at *at, const struct conf_member *m, void *target)
{
	json_t *json = at->json;

	switch (m->kind) {
	case CONF_TEXT:
		if (!json_is_string(json) || json_string_length(json) == 0)
			return conf_error(at, "\"%s\" must be text", m->name);
		*(const char **)target = json_string_value(json);
		return 0;
	case CONF_BOOL:
		if (!json_is_boolean(json))
			return conf_error(
			    at, "\"%s\" must be true or false", m->name);
		*(bool *)target = json_is_true(json);
		return 0;
	case CONF_NUMBER:
		if (!json_is_number(json))
			return conf_error(
			    at, "\"%s\" must be a number", m->name);
		if (check_range(at, m, json_number_value(json)) < 0)
			return -1;
		*(double *)target = json_number_value(json);
		return 0;
	case CONF_COUNT:
		if (!json_is_integer(json))
			return conf_error(
			    at, "\"%s\" must be an integer", m->name);
		if (check_range(at, m, json_number_value(json)) < 0)
			return -1;
		*(uint64_t *)target = (uint64_t)json_integer_value(json);
		return 0;
	case CONF_DURATION: return fill_duration(at, m, target);
	case CONF_CHOICE: return fill_choice(at, m, target);
	case CONF_ANY: *(struct conf_at *)target = *at; return 0;
	}
	return -1;
}

int
conf_fill(
    const struct conf_at *object, const struct conf_member *table, void *target)
{
	const struct conf_member *m;
	struct conf_at item;
	size_t i, n;

	if (!conf_is_object(object))
		return conf_error(object, "must be an object");
	for (i = 0, n = conf_count(object); i < n; i++) {
		item = conf_item(object, i);
		for (m = table; m->name != NULL; m++)
			if (strcmp(m->name, item.key) == 0)
				break;
		if (m->name == NULL)
			return conf_error(
			    &item, "\"%.100s\" is no member here", item.key);
		if (fill_one(&item, m, (char *)target + m->offset) < 0)
			return -1;
	}
	for (m = table; m->name != NULL; m++)
		if (m->required &&
		    json_object_get(object->json, m->name) == NULL)
			return conf_error(object, "\"%s\" is missing", m->name);
	return 0;
}
