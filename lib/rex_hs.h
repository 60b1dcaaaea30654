/* SPDX-License-Identifier: MIT */
/*
 * rex_hs -- candidates by libhs, for sets whose literals do not tell enough.
 *           Private to rex; without libhs nothing is built and no set usable.
 *
 * Sound   libhs is asked for a superset of the patterns (HS_FLAG_PREFILTER),
 *         byte by byte.  That says nothing about bytes past ASCII nor, in
 *         JSON, about lines with a backslash: such lines are always
 *         candidates.  Patterns that hold bytes past ASCII or match the empty
 *         string are not usable so; patterns with anchors not for JSON, where
 *         a text begins in the middle of a line.  Then, if every pattern has
 *         literals (rex_lits.h), those are searched, and the escapes that may
 *         hide one, as rex_scan does: sound for any bytes.
 * Order   None is taken for granted: a block is scanned whole, hits are bits.
 * Errors  What libhs does not take makes the set unusable, never wrong.
 * Source  Hyperscan developer reference, "Prefiltering" and "Semantics".
 */
#ifndef RX_REX_HS_H
#define RX_REX_HS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/span.h"

struct rex_hs;

#ifdef HAVE_LIBHS
struct rex_hs *rex_hs_new(void); /* NULL: no memory, or not this processor */
void rex_hs_free(struct rex_hs *);
/* A pattern comes in both ways; rex_hs_compile() chooses one. */
void rex_hs_add_literal(struct rex_hs *, struct span);
void rex_hs_add_pattern(struct rex_hs *, struct span, bool icase);
void rex_hs_no_pattern(struct rex_hs *); /* one is not for this way */
void rex_hs_add_head(struct rex_hs *, struct span); /* of always-lines */
void rex_hs_compile(struct rex_hs *, bool all_have_literals);
bool rex_hs_usable(const struct rex_hs *, bool json);

/* The first hit at or after from, an offset into the line, or block.len. */
size_t rex_hs_find(struct rex_hs *, struct span block, size_t from, bool json);
const char *rex_hs_version(void);
#else
/* No set is ever made, so the rest is never called. */
static inline struct rex_hs *
rex_hs_new(void)
{
	return NULL;
}
static inline void
rex_hs_free(struct rex_hs *h)
{
	(void)h;
}
static inline void
rex_hs_add_literal(struct rex_hs *h, struct span s)
{
	(void)h, (void)s;
}
static inline void
rex_hs_add_pattern(struct rex_hs *h, struct span s, bool icase)
{
	(void)h, (void)s, (void)icase;
}
static inline void
rex_hs_no_pattern(struct rex_hs *h)
{
	(void)h;
}
static inline void
rex_hs_add_head(struct rex_hs *h, struct span s)
{
	(void)h, (void)s;
}
static inline void
rex_hs_compile(struct rex_hs *h, bool all_have_literals)
{
	(void)h, (void)all_have_literals;
}
static inline bool
rex_hs_usable(const struct rex_hs *h, bool json)
{
	(void)h, (void)json;
	return false;
}
static inline size_t
rex_hs_find(struct rex_hs *h, struct span block, size_t from, bool json)
{
	(void)h, (void)block, (void)json;
	return from;
}
static inline const char *
rex_hs_version(void)
{
	return "not built in";
}
#endif

#endif
