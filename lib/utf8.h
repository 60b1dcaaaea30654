/* SPDX-License-Identifier: MIT */
/*
 * utf8 -- is this a character?
 *
 * Shape   utf8_length: the length, 2 to 4, of the valid sequence that starts
 *         with the byte at `at`, which is 0x80 or more; 0 when none does.
 * Limits  Overlong forms, surrogates and what lies past U+10FFFF are not
 *         UTF-8.
 * Source  RFC 3629 section 4; the Unicode Standard, table 3-7.
 */
#ifndef RX_UTF8_H
#define RX_UTF8_H

#include <stdbool.h>
#include <stddef.h>

static inline bool
utf8_follows(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

static inline size_t
utf8_length(const char *at, size_t n)
{
	const unsigned char *s = (const unsigned char *)at;

	if (n < 2 || !utf8_follows(s[1]))
		return 0;
	if (s[0] < 0xe0)
		return s[0] >= 0xc2 ? 2 : 0;
	if (n < 3 || !utf8_follows(s[2]))
		return 0;
	if (s[0] < 0xf0) {
		if (s[0] == 0xe0 && s[1] < 0xa0)
			return 0; /* overlong */
		if (s[0] == 0xed && s[1] >= 0xa0)
			return 0; /* surrogate */
		return 3;
	}
	if (n < 4 || !utf8_follows(s[3]) || s[0] > 0xf4)
		return 0;
	if (s[0] == 0xf0 && s[1] < 0x90)
		return 0; /* overlong */
	if (s[0] == 0xf4 && s[1] >= 0x90)
		return 0; /* past U+10FFFF */
	return 4;
}

/* The bytes of a code point that is no surrogate and at most U+10FFFF. */
static inline size_t
utf8_encode(char dst[4], unsigned long code)
{
	if (code < 0x80) {
		dst[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		dst[0] = (char)(0xc0 | code >> 6);
		dst[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		dst[0] = (char)(0xe0 | code >> 12);
		dst[1] = (char)(0x80 | (code >> 6 & 0x3f));
		dst[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	dst[0] = (char)(0xf0 | code >> 18);
	dst[1] = (char)(0x80 | (code >> 12 & 0x3f));
	dst[2] = (char)(0x80 | (code >> 6 & 0x3f));
	dst[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

#endif
