/*
 * keywords_find -- the built-in keywords without PCRE2.
 *
 * Shape   Says what the patterns of keywords.h say, for texts of ASCII; a text
 *         with other bytes (in which U+017F is an s and U+212A a k) is theirs.
 *         A test runs both over the same texts.
 * Cost    One pass; what is bounded by the length of a word is looked at again
 *         where a word may stand.
 */
#ifndef RX_KEYWORDS_FIND_H
#define RX_KEYWORDS_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/span.h"

#include "severity.h"

void keywords_find_init(void);

/* The worst class in the text, or SEVERITY_NONE; false: ask the patterns. */
bool keywords_worst(struct span text, enum severity *);

/*
 * The class of the word around a place of any text, or SEVERITY_NONE; other
 * places, and the patterns, may say more.
 */
enum severity keywords_at(struct span text, size_t at);

/* For rex_sieve(), of a set of keywords_builtin() alone. */
bool keywords_may(void *, struct span block, size_t at);

#endif
