/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/query.h"

#include "lib/ascii.h"
#include "lib/jstr.h"

/* The part of *rest before c; *rest goes behind it. */
static struct span
cut(struct span *rest, char c)
{
	const char *at = rest->len > 0 ? memchr(rest->at, c, rest->len) : NULL;
	struct span part = *rest;

	if (at != NULL)
		part.len = (size_t)(at - rest->at);
	*rest = span_skip(*rest, part.len + (at != NULL));
	return part;
}

/* Decodes into dst of size bytes; false: it is not to be read, or too long. */
static bool
decode(struct span text, char *dst, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		int c = (unsigned char)text.at[i];

		if (c == '%') {
			if (text.len - i < 3 || hex_value(text.at[i + 1]) < 0 ||
			    hex_value(text.at[i + 2]) < 0)
				return false;
			c = hex_value(text.at[i + 1]) * 16 +
			    hex_value(text.at[i + 2]);
			i += 2;
		} else if (c == '+')
			c = ' ';
		if (c < ' ' || c == 0x7f || n + 1 == size)
			return false;
		dst[n++] = (char)c;
	}
	dst[n] = '\0';
	return jstr_is_utf8((struct span){ dst, n });
}

int
query_next(struct span *rest, struct query_item *item, const char **why)
{
	struct span pair = { NULL, 0 }, name;

	while (pair.len == 0) {
		if (rest->len == 0)
			return 0;
		pair = cut(rest, '&');
	}
	name = cut(&pair, '=');
	if (decode(name, item->name, sizeof(item->name)) &&
	    decode(pair, item->value, sizeof(item->value)))
		return 1;
	*why = "a query that is wrongly escaped, or too long";
	return -1;
}
