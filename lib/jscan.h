/* SPDX-License-Identifier: MIT */
/*
 * jscan -- a cursor over JSON text that checks what it passes.  What record,
 *          walk and mark are made of; tools use those.
 *
 * Shape   Each call starts at the first byte of what it reads and ends behind
 *         it.  Blanks are passed by jscan_blanks() and inside values only.
 * Limits  depth is how many objects and arrays are open around the value;
 *         with its own they may be RECORD_DEPTH.  Not recursive.
 * Errors  -1; why says what was wrong at the byte `at`.
 * Cost    Where strings end is seen for 64 bytes at a time, ahead of the cursor:
 *         finding the next end then takes a shift and a count of zeros, and
 *         not a load that waits for where the last one was.
 * Source  RFC 8259; for marks in a word: Langdale and Lemire, Parsing Gigabytes
 *         of JSON per Second, VLDB Journal 28 (2019).
 */
#ifndef RX_JSCAN_H
#define RX_JSCAN_H

#include <stdint.h>

#include "lib/record.h"
#include "lib/span.h"

struct jscan {
	const char *at;
	const char *end;
	const char *why;
	/* private: the 64 bytes before seen, a bit for each that is not plain */
	const char *begin, *seen;
	uint64_t stops;
};

static inline void
jscan_init(struct jscan *s, struct span text)
{
	s->at = text.at;
	s->end = text.len > 0 ? text.at + text.len : text.at;
	s->why = NULL;
	s->begin = s->seen = s->at;
	s->stops = 0;
}

/* The byte that is next, -1 at the end. */
static inline int
jscan_peek(const struct jscan *s)
{
	return s->at < s->end ? (unsigned char)*s->at : -1;
}

static inline void
jscan_blanks(struct jscan *s)
{
	while (s->at < s->end && (unsigned char)*s->at <= ' ' &&
	    (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' ||
		*s->at == '\r'))
		s->at++;
}

int jscan_fail(struct jscan *, const char *why);
int jscan_value(struct jscan *, struct value *, unsigned depth);
int jscan_member(struct jscan *, struct member *, unsigned depth);

#endif
