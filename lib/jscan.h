/*
 * jscan -- a cursor over JSON text that checks what it passes.  What record,
 *          walk and mark are made of; tools use those.
 *
 * Shape   Each call starts at the first byte of what it reads and ends behind
 *         it.  Blanks are passed by jscan_blanks() and inside values only.
 * Limits  depth is how many objects and arrays are open around the value;
 *         with its own they may be RECORD_DEPTH.  Not recursive.
 * Errors  -1; why says what was wrong at the byte `at`.
 * Source  RFC 8259.
 */
#ifndef RX_JSCAN_H
#define RX_JSCAN_H

#include "lib/record.h"
#include "lib/span.h"

struct jscan {
	const char *at;
	const char *end;
	const char *why;
};

static inline void
jscan_init(struct jscan *s, struct span text)
{
	s->at = text.at;
	s->end = text.len > 0 ? text.at + text.len : text.at;
	s->why = NULL;
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
