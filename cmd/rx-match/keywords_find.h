/* SPDX-License-Identifier: MIT */
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

/* Adds a list of words; false: only patterns can find all of them. */
bool keywords_find_add(struct word_set *, struct span list, char separator);

/* When all are added.  Its may() asks the set named last. */
struct keyword_finder keywords_find_given(struct word_set *);
void keywords_find_among(const struct word_set *);
void keywords_find_release(void);

#endif
