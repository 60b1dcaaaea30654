/* SPDX-License-Identifier: MIT */
/*
 * span -- a loan of bytes: where they start, how many there are.
 *
 * Shape   Not terminated, may hold NUL.  An empty span may have at == NULL.
 * Owner   Whoever lent it; the lender's contract says when the loan dies.
 */
#ifndef RX_SPAN_H
#define RX_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *at;
	size_t len;
};

/* A string literal as a span, its length known to the compiler. */
#define SPAN(literal) ((struct span){ (literal), sizeof(literal) - 1 })

static inline struct span
span_of(const char *string)
{
	return (struct span){ string, strlen(string) };
}

static inline bool
span_eq(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool
span_is(struct span s, const char *string)
{
	return span_eq(s, span_of(string));
}

static inline bool
span_starts(struct span s, struct span prefix)
{
	return s.len >= prefix.len &&
	    (prefix.len == 0 || memcmp(s.at, prefix.at, prefix.len) == 0);
}

static inline struct span
span_skip(struct span s, size_t n)
{
	return (struct span){ s.at + n, s.len - n };
}

#endif
