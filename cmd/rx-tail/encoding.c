/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/encoding.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/diag.h"

#define UNIT 2 /* bytes of a code unit */
#define UTF8_MAX 4 /* bytes of a code point */
#define REPLACEMENT 0xfffd

static const struct {
	struct span mark;
	enum encoding is;
} marks[] = {
	{ { "\xef\xbb\xbf", 3 }, ENCODING_UTF8_MARK },
	{ { "\xff\xfe", 2 }, ENCODING_UTF16_LE },
	{ { "\xfe\xff", 2 }, ENCODING_UTF16_BE },
};

enum encoding
encoding_of(struct span first, bool final)
{
	if (first.len == 0)
		return ENCODING_UNKNOWN;
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		if (span_starts(first, marks[i].mark))
			return marks[i].is;
		if (!final && span_starts(marks[i].mark, first))
			return ENCODING_UNKNOWN;
	}
	return ENCODING_PLAIN;
}

static unsigned
unit(enum encoding e, const char *at)
{
	const unsigned char *b = (const unsigned char *)at;

	return e == ENCODING_UTF16_LE ? b[0] | (unsigned)b[1] << 8
				      : b[1] | (unsigned)b[0] << 8;
}

static bool
is_high(unsigned u)
{
	return u >= 0xd800 && u < 0xdc00;
}

static bool
is_low(unsigned u)
{
	return u >= 0xdc00 && u < 0xe000;
}

static size_t
put_utf8(char *dst, unsigned c)
{
	unsigned char *d = (unsigned char *)dst;

	if (c < 0x80) {
		d[0] = (unsigned char)c;
		return 1;
	}
	if (c < 0x800) {
		d[0] = (unsigned char)(0xc0 | c >> 6);
		d[1] = (unsigned char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		d[0] = (unsigned char)(0xe0 | c >> 12);
		d[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		d[2] = (unsigned char)(0x80 | (c & 0x3f));
		return 3;
	}
	d[0] = (unsigned char)(0xf0 | c >> 18);
	d[1] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
	d[2] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
	d[3] = (unsigned char)(0x80 | (c & 0x3f));
	return 4;
}

/* The code point that s begins with, and how many bytes it takes. */
static unsigned
code_point(enum encoding e, struct span s, size_t *len)
{
	unsigned u, low;

	*len = s.len < UNIT ? s.len : UNIT;
	if (s.len < UNIT)
		return REPLACEMENT;
	u = unit(e, s.at);
	if (!is_high(u))
		return is_low(u) ? REPLACEMENT : u;
	if (s.len < 2 * UNIT || !is_low(low = unit(e, s.at + UNIT)))
		return REPLACEMENT;
	*len = 2 * UNIT;
	return 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
}

struct span
encoding_text(enum encoding e, struct span s, uint64_t o)
{
	static struct buf text;
	size_t len;
	char *dst;

	for (size_t i = 0; o == 0 && i < sizeof(marks) / sizeof(*marks); i++)
		if (marks[i].is == e && span_starts(s, marks[i].mark))
			s = span_skip(s, marks[i].mark.len);
	if (!encoding_is_wide(e))
		return s;
	buf_reset(&text);
	/* A unit becomes at most three bytes, a pair of them four. */
	if ((dst = buf_room(&text, (s.len / UNIT + 1) * UTF8_MAX)) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	for (; s.len > 0; s = span_skip(s, len)) {
		unsigned c = code_point(e, s, &len);

		buf_took(&text, put_utf8(text.at + text.len, c));
	}
	return buf_span(&text);
}

bool
encoding_line(enum encoding e, struct span bytes, size_t *len)
{
	const size_t low = e == ENCODING_UTF16_LE ? 0 : 1;

	for (struct span rest = bytes; rest.len > 0;) {
		const char *lf = memchr(rest.at, '\n', rest.len);
		size_t at;

		if (lf == NULL)
			return false;
		rest = span_skip(rest, (size_t)(lf + 1 - rest.at));
		at = (size_t)(lf - bytes.at);
		if (at % UNIT != low || at - low + UNIT > bytes.len ||
		    unit(e, bytes.at + at - low) != '\n')
			continue;
		*len = at - low;
		return true;
	}
	return false;
}

size_t
encoding_cut(enum encoding e, struct span line)
{
	if (line.len < UTF16_CUT + UNIT)
		return 0;
	return is_high(unit(e, line.at + UTF16_CUT - UNIT)) ? UTF16_CUT - UNIT
							    : UTF16_CUT;
}
