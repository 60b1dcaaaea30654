/* SPDX-License-Identifier: MIT */
/*
 * lexicon -- words and phrases that stand for classes, and which class a text
 *            is of.
 *
 * Words   A word is a run of letters, digits, apostrophes and bytes past ASCII;
 *         a character past U+FFFF (an emoji) is one by itself.  Case does not
 *         count, in ASCII, Latin-1, Greek and Cyrillic; a typographic
 *         apostrophe is a plain one.  An entry is a word, words with blanks
 *         between them, or the beginning of a word and a "*".
 * Clause  Ends at . , ; : ! ? brackets, a newline, and at a break word.  No
 *         phrase and no negation goes further.
 * Class   Each entry found counts for its class, the longest at a place first.
 *         One that follows a negation within `reach` words counts for the class
 *         its own names for that, or for none.  The highest count wins, of
 *         equal ones the first class; without any there is no class.
 * Limits  The first LEXICON_TEXT bytes of a text; LEXICON_CLASSES classes.
 * Errors  lexicon_add: what is wrong with an entry, or NULL.
 * Cost    Time grows with the words of the text, not with the lexicon; nothing
 *         is allocated once lexicon_add() is done.
 */
#ifndef RX_MATCH_LEXICON_H
#define RX_MATCH_LEXICON_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/span.h"

#define LEXICON_TEXT (16 * 1024)
#define LEXICON_CLASSES 32
#define LEXICON_NONE (-1)

/* What an entry is: a class from 0 on, or one of these. */
enum { LEXICON_NEGATION = -2, LEXICON_BREAK = -3 };

struct lexicon {
	uint64_t reach;
	int negated[LEXICON_CLASSES]; /* LEXICON_NONE: counts for none */
	/* private */
	struct entry *entries; /* by hash; len 0: empty */
	size_t n, size;
	size_t longest; /* phrase, in words */
	size_t shortest; /* beginning of a word, 0: there are none */
	struct buf text; /* of the entries */
	struct words *words; /* of the text at hand */
};

int lexicon_init(struct lexicon *); /* -1: out of memory */
const char *lexicon_add(struct lexicon *, struct span entry, int is);
int lexicon_class(struct lexicon *, struct span text);
void lexicon_release(struct lexicon *);

#endif
