/* SPDX-License-Identifier: MIT */
/* jstr -- bytes to JSON string text and back. */
#include "lib/jstr.h"

#include <limits.h>
#include <string.h>

#include "lib/ascii.h"
#include "lib/plain.h"
#include "lib/plain_twin.h"
#include "lib/utf8.h"

size_t
jstr_plain(struct span s)
{
	return plain_best()->text(s.at, s.len);
}

size_t
jstr_escape(char *dst, struct span s, uintmax_t *replaced)
{
	return s.len == 0 ? 0
			  : plain_best()->escape(dst, s.at, s.len, replaced);
}

size_t
jstr_escape_line(char *dst, struct span s, size_t *len, uintmax_t *replaced)
{
	return plain_best()->line(dst, s.at, s.len, len, replaced);
}

void
jstr_add(struct buf *b, struct span s)
{
	size_t n = jstr_plain(s);
	char *to;

	/* Most strings need nothing: spare them six times their room. */
	buf_addc(b, '"');
	buf_add(b, (struct span){ s.at, n });
	if (n < s.len) {
		s = span_skip(s, n);
		if ((to = buf_room(b, JSTR_ESCAPE_MAX(s.len))) != NULL)
			buf_took(b, jstr_escape(to, s, NULL));
	}
	buf_addc(b, '"');
}

bool
jstr_is_utf8(struct span s)
{
	size_t i = 0;

	if (s.len == 0)
		return true;
	while ((i += jstr_plain(span_skip(s, i))) < s.len) {
		if ((unsigned char)s.at[i] >= 0x80)
			return false;
		i++; /* ASCII that an escape would stand for */
	}
	return true;
}

/* The four hex digits at s, or -1. */
static long
hex4(struct span s)
{
	long code = 0;
	int digit;

	if (s.len < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		digit = hex_value(s.at[i]);
		if (digit < 0)
			return -1;
		code = code << 4 | digit;
	}
	return code;
}

/*
 * The escape that s starts with, to at most four bytes at dst; how long it was
 * in s, 0 when it is none.
 */
static size_t
unescape_one(struct span s, char dst[4], size_t *n)
{
	static const char meant[UCHAR_MAX + 1] = { ['"'] = '"',
		['\\'] = '\\',
		['/'] = '/',
		['b'] = '\b',
		['f'] = '\f',
		['n'] = '\n',
		['r'] = '\r',
		['t'] = '\t' };
	long code, low;

	if (s.len < 2)
		return 0;
	if (s.at[1] != 'u') {
		dst[0] = meant[(unsigned char)s.at[1]];
		*n = 1;
		return dst[0] == '\0' ? 0 : 2;
	}
	if ((code = hex4(span_skip(s, 2))) < 0)
		return 0;
	if (code < 0xd800 || code > 0xdfff) {
		*n = utf8_encode(dst, (unsigned long)code);
		return 6;
	}
	if (code < 0xdc00 && s.len >= 12 && memcmp(s.at + 6, "\\u", 2) == 0 &&
	    (low = hex4(span_skip(s, 8))) >= 0xdc00 && low <= 0xdfff) {
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		*n = utf8_encode(dst, (unsigned long)code);
		return 12;
	}
	*n = utf8_encode(dst, 0xfffd); /* half a pair */
	return 6;
}

int
jstr_unescape(struct buf *b, struct span raw)
{
	char *to;
	size_t n, used;

	/* An escape is never shorter than what it stands for. */
	if ((to = buf_room(b, raw.len)) == NULL)
		return -1;
	while (raw.len > 0) {
		if (*raw.at == '\\') {
			if ((used = unescape_one(raw, to, &n)) == 0)
				return -1;
		} else {
			/* Mostly all that is between two escapes is ASCII. */
			n = plain_run(raw.at, raw.len);
			if (n == 0 && (n = jstr_plain(raw)) == 0)
				return -1;
			memcpy(to, raw.at, used = n);
		}
		buf_took(b, n);
		to += n;
		raw = span_skip(raw, used);
	}
	return 0;
}
