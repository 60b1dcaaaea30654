/*
 * keywords_find -- the words of -k without PCRE2: the built-in ones, and those
 *                  that were given.
 *
 * Shape   The sets say what the patterns of keywords.h say, see word_set.h.
 */
#ifndef RX_KEYWORDS_FIND_H
#define RX_KEYWORDS_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/span.h"

#include "word_set.h"

/* What a text must hold to be selected, and where it may; see rex_sieve(). */
struct keyword_finder {
	const struct word_set *words;
	enum severity least; /* of the words that select */
	bool (*may)(void *, struct span block, size_t at); /* or NULL */
};

void keywords_find_init(void);
const struct keyword_finder *keywords_find_builtin(void);

/* A list of words, and another; NULL: only patterns can find all of them. */
const struct keyword_finder *keywords_find_given(
    struct span list, char separator);
void keywords_find_release(void);

#endif
