/* SPDX-License-Identifier: MIT */
/*
 * rex_syntax -- reading past what stands between the literals of a pattern.
 *               Private to rex_lits.
 *
 * Shape   Each function reads one construct at p->at and leaves p->at behind
 *         it.  The pattern is one that pcre2_compile(3) takes.
 * Limits  What it does not know makes it set gave_up, never guess.
 * Source  pcre2pattern(3).
 */
#ifndef RX_REX_SYNTAX_H
#define RX_REX_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>

struct syntax {
	const char *at, *end;
	bool gave_up;
	unsigned depth;
};

struct repeat {
	bool given; /* there is a quantifier */
	bool optional; /* and it allows none */
};

static inline bool
syntax_more(const struct syntax *p)
{
	return !p->gave_up && p->at < p->end;
}

static inline char
syntax_peek(const struct syntax *p, size_t ahead)
{
	return (size_t)(p->end - p->at) > ahead ? p->at[ahead] : '\0';
}

/* A quantifier, if there is one. */
struct repeat syntax_repeat(struct syntax *);

/* A class, from its [ to behind its ]. */
void syntax_class(struct syntax *);

/* From a backslash on: a literal character, or '\0' for anything else. */
char syntax_escape(struct syntax *);

/*
 * From a ( until the group's own text.  needed: the group takes part in the
 * match; open: there is a group at all.
 */
void syntax_opening(
    struct syntax *, bool *icase, bool *outer_icase, bool *needed, bool *open);

#endif
