/* SPDX-License-Identifier: MIT */
#include "schema_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/diag.h"
#include "lib/jscan.h"

const char *const schema_formats[] = {
	[DATE_TIME] = "date-time", [IPV4] = "ipv4", [IPV6] = "ipv6"
};

static const struct {
	const char *name;
	unsigned bits;
} type_names[] = {
	{ "null", TYPE(VALUE_NULL) },
	{ "boolean", TYPE(VALUE_TRUE) | TYPE(VALUE_FALSE) },
	{ "number", TYPE(VALUE_NUMBER) },
	{ "integer", TYPE_INTEGER },
	{ "string", TYPE(VALUE_STRING) },
	{ "object", TYPE(VALUE_OBJECT) },
	{ "array", TYPE(VALUE_ARRAY) },
};
#define N_TYPES (sizeof(type_names) / sizeof(*type_names))

/* Where a keyword stands, as a JSON pointer; cut when it is very long. */
static void
pointer_of(const struct conf_at *at, char *dst, size_t size)
{
	size_t n;

	if (at->up == NULL) {
		snprintf(dst, size, "#");
		return;
	}
	pointer_of(at->up, dst, size);
	n = strlen(dst);
	if (at->key == NULL) {
		snprintf(dst + n, size - n, "/%zu", at->index);
		return;
	}
	for (const char *p = at->key; n + 4 < size; p++) {
		if (p == at->key)
			dst[n++] = '/';
		if (*p == '\0')
			break;
		if (*p == '~' || *p == '/') {
			dst[n++] = '~';
			dst[n++] = *p == '~' ? '0' : '1';
		} else
			dst[n++] = *p;
	}
	dst[n] = '\0';
}

int
schema_refuse(const struct conf_at *at, const char *reason)
{
	char pointer[200];

	pointer_of(at, pointer, sizeof(pointer));
	return conf_error(at, "%s: %s", pointer, reason);
}

void *
schema_more(void *at, size_t n, size_t size)
{
	return realloc(at, n * size);
}

static int
read_type(struct node *n, const struct conf_at *at)
{
	const char *name = conf_text(at);

	for (size_t i = 0; name != NULL && i < N_TYPES; i++)
		if (strcmp(name, type_names[i].name) == 0) {
			n->types |= type_names[i].bits;
			return 0;
		}
	return schema_refuse(at, "no type of JSON");
}

int
schema_types(struct node *n, const struct conf_at *at)
{
	if (at->json == NULL)
		return 0;
	if (!conf_is_array(at))
		return read_type(n, at);
	for (size_t i = 0; i < conf_count(at); i++) {
		struct conf_at item = conf_item(at, i);

		if (read_type(n, &item) < 0)
			return -1;
	}
	return n->types != 0 ? 0 : schema_refuse(at, "no type at all");
}

int
schema_value(struct node *n, const struct conf_at *at)
{
	struct value *values;
	struct jscan s;

	if (conf_is_array(at) || conf_is_object(at))
		return schema_refuse(
		    at, "only texts, numbers, true, false and null");
	values = schema_more(n->values, n->n_values + 1, sizeof(*values));
	if (values == NULL)
		die(EX_TEMPFAIL, "out of memory");
	n->values = values;
	jscan_init(&s, conf_json(at));
	return jscan_value(&s, &values[n->n_values++], 0);
}

int
schema_pattern(struct node *n, const struct conf_at *at, const char *pattern)
{
	char why[REX_WHY], reason[REX_WHY + 16];

	if (pattern == NULL)
		return 0;
	n->pattern = rex_new();
	if (rex_add(n->pattern, span_of(pattern), 0, why) == 0) {
		rex_compile(n->pattern);
		return 0;
	}
	snprintf(reason, sizeof(reason), "pattern: %s", why);
	return schema_refuse(at, reason);
}

int
schema_format(struct node *n, const struct conf_at *at, const char *format)
{
	if (format == NULL)
		return 0;
	for (n->format = IPV6; n->format != FORMAT_ANY; n->format--)
		if (strcmp(format, schema_formats[n->format]) == 0)
			return 0;
	return schema_refuse(at, "format: only date-time, ipv4 and ipv6");
}
