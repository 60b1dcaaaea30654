/* SPDX-License-Identifier: MIT */
/* fields -- members of a checked JSON object into a struct, by a table. */
#include "lib/fields.h"

#include <stdbool.h>
#include <string.h>

#include "lib/ascii.h"
#include "lib/mark.h"
#include "lib/num.h"
#include "lib/record.h"

static int
read_i64(struct span text, int64_t *n)
{
	const char *why;
	uint64_t size;
	bool negative = text.len > 1 && *text.at == '-';

	if (num_u64(span_skip(text, negative), &size, &why) < 0 ||
	    size > INT64_MAX)
		return -1;
	*n = negative ? -(int64_t)size : (int64_t)size;
	return 0;
}

/* As many characters as the name has, each of the alphabet. */
static int
read_name(struct span text, size_t len, bool hex, char *dst)
{
	if (text.len != len)
		return -1;
	for (size_t i = 0; i < len; i++) {
		const char c = text.at[i];

		if (!is_digit(c) && !(c >= 'a' && c <= (hex ? 'f' : 'z')))
			return -1;
	}
	memcpy(dst, text.at, len);
	dst[len] = '\0';
	return 0;
}

int
fields_hash(struct span array, uint64_t *len, char hash[DIGEST_HEX + 1])
{
	struct walk w;
	struct member m;

	walk_init(&w, array);
	if (!walk_next(&w, &m) || value_u64(&m.value, len) < 0)
		return -1;
	if (!walk_next(&w, &m) || m.value.type != VALUE_STRING ||
	    read_name(m.value.text, DIGEST_HEX, true, hash) < 0)
		return -1;
	return walk_next(&w, &m) ? -1 : 0;
}

static int
read_one(const struct field *f, const struct value *v, char *dst)
{
	static const enum value_type wanted[] = {
		[FIELD_TEXT] = VALUE_STRING,
		[FIELD_LIST] = VALUE_ARRAY,
		[FIELD_COUNT] = VALUE_NUMBER,
		[FIELD_U64] = VALUE_STRING,
		[FIELD_I64] = VALUE_STRING,
		[FIELD_SRC] = VALUE_STRING,
		[FIELD_HASH] = VALUE_ARRAY,
		[FIELD_VERSION] = VALUE_NUMBER,
	};
	void *at = dst + f->at;
	const char *why;

	if (f->form == FIELD_FLAG) {
		*(bool *)at = v->type == VALUE_TRUE;
		return v->type == VALUE_TRUE || v->type == VALUE_FALSE ? 0 : -1;
	}
	if (v->type != wanted[f->form])
		return -1;
	switch (f->form) {
	case FIELD_FLAG: break;
	case FIELD_TEXT:
	case FIELD_LIST: *(struct span *)at = v->text; return 0;
	case FIELD_COUNT:
		if (num_u64(v->text, at, &why) < 0)
			return -1;
		return *(uint64_t *)at < MARK_OFFSET_MAX ? 0 : -1;
	case FIELD_U64: return num_u64(v->text, at, &why);
	case FIELD_I64: return read_i64(v->text, at);
	case FIELD_SRC: return read_name(v->text, MARK_SRC, false, at);
	case FIELD_HASH: return fields_hash(v->text, at, dst + f->hash);
	case FIELD_VERSION: return span_is(v->text, "1") ? 0 : -1;
	}
	return -1;
}

/* Mostly the one after the last: writers keep the order of the table. */
static size_t
find(const struct field *fields, size_t n, size_t next, struct span name)
{
	size_t i;

	if (next < n && span_eq(fields[next].name, name))
		return next;
	for (i = 0; i < n && !span_eq(fields[i].name, name); i++)
		;
	return i;
}

int
fields_read(struct span object, const struct field *fields, size_t n, void *dst)
{
	struct walk w;
	struct member m;
	uint32_t seen = 0;
	size_t i, next = 0;

	for (walk_init(&w, object); walk_next(&w, &m);) {
		i = find(fields, n, next, m.name);
		if (i == n)
			continue;
		next = i + 1;
		seen &= ~(UINT32_C(1) << i);
		if (fields[i].nullable && m.value.type == VALUE_NULL)
			continue;
		if (read_one(&fields[i], &m.value, dst) < 0)
			return -1;
		seen |= UINT32_C(1) << i;
	}
	for (i = 0; i < n; i++) {
		const bool there = seen >> i & 1;

		if (!there && !fields[i].optional)
			return -1;
		if (fields[i].told != 0)
			*(bool *)((char *)dst + fields[i].told) = there;
	}
	return 0;
}
