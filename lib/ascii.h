/* SPDX-License-Identifier: MIT */
/*
 * ascii -- what kind of byte is this?
 *
 * Shape   Of ASCII alone, whatever the locale says, unlike ctype(3).  A char of
 *         either sign may be asked about, and -1 for "no byte": they are none
 *         of these.
 */
#ifndef RX_ASCII_H
#define RX_ASCII_H

#include <stdbool.h>

static inline bool
is_digit(int c)
{
	return (unsigned)c - '0' < 10;
}

static inline bool
is_upper(int c)
{
	return (unsigned)c - 'A' < 26;
}

static inline bool
is_lower(int c)
{
	return (unsigned)c - 'a' < 26;
}

static inline bool
is_letter(int c)
{
	return is_lower(c | 0x20);
}

static inline bool
is_blank(int c)
{
	return c == ' ' || c == '\t';
}

static inline int
to_lower(int c)
{
	return is_upper(c) ? c | 0x20 : c;
}

/* What a hexadecimal digit of either case counts, -1: it is none. */
static inline int
hex_value(int c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
