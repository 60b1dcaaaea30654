/* SPDX-License-Identifier: MIT */
#include "lib/pointer.h"

#define INDEX_DIGITS 6

bool
pointer_is(struct span p)
{
	if (p.len == 0 || p.at[0] != '/')
		return false;
	for (size_t i = 0; i < p.len; i++)
		if (p.at[i] == '~' &&
		    (i + 1 == p.len ||
			(p.at[i + 1] != '0' && p.at[i + 1] != '1')))
			return false;
	return true;
}

/* The next token, and the pointer behind it. */
static struct span
token(struct span *pointer)
{
	struct span t = span_skip(*pointer, 1);
	const char *slash = t.len == 0 ? NULL : memchr(t.at, '/', t.len);

	if (slash != NULL)
		t.len = (size_t)(slash - t.at);
	*pointer = span_skip(*pointer, t.len + 1);
	return t;
}

/* What stands at i of a token: "~1" is a slash, "~0" a tilde. */
static char
character(struct span t, size_t *i)
{
	char c = t.at[*i];

	if (c == '~' && *i + 1 < t.len)
		c = t.at[++*i] == '1' ? '/' : '~';
	++*i;
	return c;
}

static bool
token_is(struct span t, struct span name)
{
	size_t i = 0, k = 0;

	if (t.len == 0 || memchr(t.at, '~', t.len) == NULL)
		return span_eq(t, name);
	while (i < t.len)
		if (k == name.len || name.at[k++] != character(t, &i))
			return false;
	return k == name.len;
}

static bool
token_index(struct span t, size_t *index)
{
	*index = 0;
	if (t.len == 0 || t.len > INDEX_DIGITS)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		if (t.at[i] < '0' || t.at[i] > '9')
			return false;
		*index = *index * 10 + (size_t)(t.at[i] - '0');
	}
	return true;
}

static bool
descend(struct value in, struct span t, struct buf *scratch, struct value *out)
{
	struct walk w;
	struct member m;
	bool found = false;
	size_t index = 0;

	if (in.type == VALUE_ARRAY) {
		if (!token_index(t, &index))
			return false;
	} else if (in.type != VALUE_OBJECT)
		return false;
	walk_init(&w, in.text);
	for (size_t i = 0; walk_next(&w, &m); i++) {
		if (!(w.object ? token_is(t, member_name(&m, scratch))
			       : i == index))
			continue;
		*out = m.value;
		found = true;
		if (!w.object)
			break;
	}
	return found;
}

bool
pointer_find(struct value in, struct span pointer, struct buf *scratch,
    struct value *out)
{
	while (pointer.len > 0)
		if (pointer.at[0] != '/' ||
		    !descend(in, token(&pointer), scratch, &in))
			return false;
	*out = in;
	return true;
}

struct span
pointer_first(struct span pointer, struct buf *dst)
{
	struct span t = token(&pointer);

	for (size_t i = 0; i < t.len;)
		buf_addc(dst, character(t, &i));
	return pointer;
}
