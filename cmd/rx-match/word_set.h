/* SPDX-License-Identifier: MIT */
/*
 * word_set -- a few words, found in text without PCRE2.
 *
 * Shape   A word is found, in either case, where it is bounded by what is no
 *         letter, digit or underscore; one that ends in * may go on.  An
 *         ending counts in its own case, behind a letter or digit, also with
 *         an s.  Each has a severity, of which the worst is told.
 * Limits  Words of ASCII that begin with a word character; words_add() says of
 *         others that they are not for this.
 * Text    For texts of ASCII; with other bytes (U+017F is an s, U+212A a k) a
 *         pattern has to be asked.  A test runs both over the same texts.
 * Cost    One pass: to where a literal stands, or where there are too many of
 *         them, from run to run of word characters.
 * Owner   The set stays where it is, from words_init() to words_release(), and
 *         copies words; the texts of endings are loans.
 * Errors  words_add() dies when memory is out.
 */
#ifndef RX_WORD_SET_H
#define RX_WORD_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/rex_scan.h"
#include "lib/span.h"

#include "severity.h"

#define WORD_RUN 16 /* word characters that a word may begin with */
#define WORD_ENDINGS 4
#define WORD_BUCKETS 1024

struct word {
	struct span text; /* in lower case */
	char *copy; /* what it is a loan of */
	size_t first; /* how many word characters it begins with */
	bool longer; /* it may go on */
	enum severity severity;
	const struct word *next; /* of the same bucket */
};

struct word_set {
	bool guarded; /* "non-fatal" is not fatal, "fail-over" is no failure */
	bool
	    hidden; /* one stands in the later parts of another: "e" in "a be" */
	bool digits; /* a word has one */
	/* private */
	struct word *words, endings[WORD_ENDINGS];
	size_t n_words, n_endings;
	const struct word *bucket[WORD_BUCKETS]; /* by two characters, or one */
	bool singles; /* there are such as begin with one */
	bool scanned;
	struct scan scan;
};

void words_init(struct word_set *);
bool words_add(struct word_set *, struct span word, enum severity);
bool words_add_ending(struct word_set *, struct span word, enum severity);
void words_build(struct word_set *); /* after the last add; again is allowed */
void words_release(struct word_set *);

/*
 * The worst of *worst and what stands in the text from a place on, which is
 * inside no word; or the first that is as bad as `enough`.  false: ask the
 * patterns, and of the whole text.
 */
bool words_worst(const struct word_set *, struct span text, size_t from,
    enum severity enough, enum severity *worst);

/*
 * The worst of the words around a place of any text, or SEVERITY_NONE; other
 * places, and the patterns, may say more.  behind: where others may follow.
 */
enum severity words_at(
    const struct word_set *, struct span text, size_t at, size_t *behind);

/* May one stand around that place of a block of raw input?  See rex_sieve(). */
bool words_may(const struct word_set *, struct span block, size_t at);

#endif
