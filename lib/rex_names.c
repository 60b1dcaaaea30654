/* SPDX-License-Identifier: MIT */
/*
 * What patterns are written with: the names of groups, from the table that
 * PCRE2 keeps of them, and characters that stand for themselves.
 */
#include <string.h>

#include "lib/rex_set.h"

/* An entry is the number of the group in two bytes, then the name and a NUL. */
static PCRE2_SPTR
entry(const struct rex *r, size_t pattern, size_t i)
{
	PCRE2_SPTR table = NULL;
	uint32_t size = 0;

	pcre2_pattern_info(
	    r->patterns[pattern].code, PCRE2_INFO_NAMETABLE, &table);
	pcre2_pattern_info(
	    r->patterns[pattern].code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	return table + i * size;
}

size_t
rex_names(const struct rex *r, size_t pattern)
{
	uint32_t n = 0;

	pcre2_pattern_info(r->patterns[pattern].code, PCRE2_INFO_NAMECOUNT, &n);
	return n;
}

const char *
rex_name(const struct rex *r, size_t pattern, size_t i)
{
	return (const char *)entry(r, pattern, i) + 2;
}

struct span
rex_caught(const struct rex *r, size_t pattern, size_t i, struct span text)
{
	PCRE2_SPTR e = entry(r, pattern, i);
	size_t group = (size_t)e[0] << 8 | e[1];
	PCRE2_SIZE *o = pcre2_get_ovector_pointer(r->data);

	if (o[2 * group] == PCRE2_UNSET || o[2 * group] > o[2 * group + 1])
		return (struct span){ NULL, 0 };
	return (struct span){ text.at + o[2 * group],
		o[2 * group + 1] - o[2 * group] };
}

void
rex_quote(struct buf *b, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] != '\0' &&
		    strchr("\\^$.[]|()?*+{}-#", text.at[i]) != NULL)
			buf_addc(b, '\\');
		buf_addc(b, text.at[i]);
	}
}
