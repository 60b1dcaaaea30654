/* SPDX-License-Identifier: MIT */
/*
 * rex -- patterns: a set of regular expressions, and a fast way past the lines
 *        that none of them can match.
 *
 * Shape   PCRE2 (UTF) is the semantics.  rex_match() answers for one text.
 *         rex_candidate() takes a block of lines and gives the next line that
 *         may match: it may name a line that does not, never pass over one
 *         that does.  It looks at raw bytes, so in a block of JSON a line that
 *         holds a backslash is always a candidate unless the set can prove
 *         otherwise.
 * Lines   A text is one line's worth, so ^ and $ are its ends; "$" also
 *         matches before a final newline character inside the text.
 * Several One set holds many patterns.  rex_match() names the first, in the
 *         order they were added, that matches anywhere in the text.
 * Limits  Match, depth and heap limits and a budget of processor time bound
 *         what one text can cost, to some 30 ms: rex_match() then says
 *         REX_LIMIT and the caller counts it (SEC-39).  Patterns of at most
 *         REX_PATTERN bytes.  Verbs such as (*LIMIT_MATCH=…) or (*COMMIT), \G
 *         and \C in a pattern are refused.
 * Text    \w \d \s \b know ASCII, as in grep -P; case and "." know UTF-8.
 *         Bytes that are not UTF-8 match nothing.
 * JIT     Tried once; where memory may not be writable and executable, the
 *         interpreter answers the same.
 * Many    More than a few patterns are not tried one by one: those that have a
 *         literal in the text are, and those that have none at all.
 * libhs   Used, when built in, where the literals of the patterns do not tell
 *         enough; not with RX_NO_LIBHS in the environment.
 * Owner   rex_new() to rex_free().  One thread.
 * Errors  rex_add: -1 and a sentence in why, with the offset in
 *         the pattern.  No memory is the end, as of or_die().
 * Source  pcre2api(3), pcre2limit; Hyperscan only ever as a prefilter.
 */
#ifndef RX_REX_H
#define RX_REX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/span.h"

#define REX_ICASE 1u
#define REX_ALONE 2u /* for rex_one() only, unless rex_learn() follows */
#define REX_WHY 256
#define REX_PATTERN (64 * 1024)

enum rex_answer { REX_NO, REX_YES, REX_LIMIT };

struct rex_hit {
	size_t pattern; /* in the order they were added */
	size_t start, end; /* in the text */
};

struct rex;

struct rex *rex_new(void);
int rex_add(
    struct rex *, struct span pattern, unsigned flags, char why[REX_WHY]);
void rex_compile(struct rex *); /* after the last add */

/*
 * The n-th pattern, added with REX_ALONE, is to be one that rex_candidate() and
 * rex_may() look for; before compile.  Text and flags are those it was added
 * with.  false: out of memory.
 */
bool rex_learn(struct rex *, size_t n, struct span pattern, unsigned flags);

/* Lines that begin with these bytes are always candidates; before compile. */
void rex_always(struct rex *, struct span prefix);

/*
 * Where a literal without which no pattern matches stands at `at` of a block,
 * take() may tell that it is part of no match, whichever pattern it is of.
 * Before compile; the argument of take() is NULL.
 */
void rex_sieve(
    struct rex *, bool (*take)(void *, struct span block, size_t at));

/* There is no JIT here: memory may not be writable and executable. */
bool rex_interpreted(const struct rex *);

enum rex_answer rex_match(struct rex *, struct span text, struct rex_hit *);

/*
 * Pattern by pattern, for who needs to know of each.  rex_may() sets the bits
 * of those that may match the text, or (json) a string in it: rex_words() words
 * of 64, the others are cleared.  rex_one() then asks one; texts that belong
 * together share a budget, zeroed before the first.
 */
struct rex_budget {
	int64_t wall_ns, cpu_from_ns;
};
size_t rex_words(const struct rex *);
void rex_may(struct rex *, struct span text, bool json, uint64_t *bits);
enum rex_answer rex_one(struct rex *, size_t pattern, struct span text,
    struct rex_budget *, struct rex_hit *);

/* The same for matches that begin at `from` or behind it: the start of a
 * character, and what stands before it is still seen by \b and lookbehinds. */
enum rex_answer rex_one_from(struct rex *, size_t pattern, struct span text,
    size_t from, struct rex_budget *, struct rex_hit *);

/*
 * The named groups of a pattern: how many; the i-th name, and right after a
 * REX_YES what it caught, at == NULL when it took no part.
 */
size_t rex_names(const struct rex *, size_t pattern);
const char *rex_name(const struct rex *, size_t pattern, size_t i);
struct span rex_caught(
    const struct rex *, size_t pattern, size_t i, struct span text);

/*
 * The leftmost match that begins at `from` or behind it, the longest where
 * several patterns match; each pattern is asked, so this is for showing.
 */
enum rex_answer rex_find(
    struct rex *, struct span text, size_t from, struct rex_hit *);

/*
 * The next candidate line in block at or after *from: its span (without the
 * newline), *from set behind it and, where a literal made it one, the place of
 * that in it, else NULL; false when there is none.  *from is the start of a
 * line, and 0 for a block that was not asked about before.
 */
struct rex_line {
	struct span line;
	const char *at;
};
bool rex_candidate(struct rex *, struct span block, size_t *from, bool json,
    struct rex_line *);

/* Adds a text as a pattern that matches it and nothing else. */
void rex_quote(struct buf *, struct span text);

const char *rex_versions(void); /* lines for --version */
void rex_free(struct rex *);

#endif
