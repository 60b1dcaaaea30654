/* SPDX-License-Identifier: MIT */
/*
 * level_words -- the words that are levels, and where each is believed.
 */
#ifndef RX_LEVEL_WORDS_H
#define RX_LEVEL_WORDS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ascii.h"
#include "lib/span.h"

#include "severity.h"

enum level_place {
	IN_BRACKETS = 1, /* [error] */
	IN_CAPITALS = 2, /* a word in capitals */
	WITH_COLON = 4, /* error: */
	BEHIND_TIME = 8, /* 12:00:00 error */
	AS_VALUE = 16, /* level=error */
	ONLY_CAPITALS = 32, /* in capitals everywhere, with a colon if free */
	ONLY_CAPITAL = 64 /* with a capital first: [System] */
};

struct level_word {
	const char *word;
	enum severity severity;
	unsigned places;
};

#define LEVEL_LETTERS "FEWINDVT" /* each stands for a level, alone or twice */

void level_words_init(void);
bool level_may_be(struct span); /* false: surely none, told at once */
const struct level_word *level_find(struct span); /* in any case, or NULL */
const struct level_word *level_nth(size_t); /* worst first, or NULL */

static inline bool
is_word(char c)
{
	return is_letter(c) || is_digit(c) || c == '_';
}

/*
 * By first character: what may be the second, for by these two nearly every
 * word of a log is told not to be a level.  A bit for each letter, the lowest
 * for all that is none.
 */
extern uint32_t level_seconds[UCHAR_MAX + 1];

static inline uint32_t
level_second(char second)
{
	return UINT32_C(1) << (is_letter(second) ? second & 31 : 0);
}

static inline bool
level_may_begin(char first, char second)
{
	return (level_seconds[(unsigned char)first] & level_second(second)) !=
	    0;
}

#endif
