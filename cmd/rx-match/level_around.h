/* SPDX-License-Identifier: MIT */
/*
 * level_around -- a word of a head of a line, and what stands around it.
 *
 * Shape   head_at() and its like look at characters by their place; what was
 *         looked at past the word is noted in seen, see level_head.h.
 *         level_head.c asks how a word stands, level_letter.c how a letter.
 */
#ifndef RX_LEVEL_AROUND_H
#define RX_LEVEL_AROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "lib/ascii.h"
#include "lib/span.h"

#include "level_map.h"
#include "severity.h"

struct head {
	struct span text;
	struct level_map map;
	size_t from, to; /* the word */
	size_t seen; /* so much was looked at; past its end if that was seen */
	/* Read for head_prose() so far: ordinary words in this part, open brackets */
	size_t read;
	unsigned prose, brackets;
};

/* Characters around; '\0' outside. */
static inline char
head_at(struct head *h, size_t i)
{
	if (i >= h->seen)
		h->seen = i + 1;
	return i < h->text.len ? h->text.at[i] : '\0';
}

static inline char
head_before(struct head *h, size_t i, size_t n)
{
	return i >= n ? h->text.at[i - n] : '\0';
}

static inline bool
one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static inline size_t
head_blanks_back(struct head *h, size_t i)
{
	while (i > 0 && is_blank(h->text.at[i - 1]))
		i--;
	return i;
}

static inline size_t
head_blanks_on(struct head *h, size_t i)
{
	while (is_blank(head_at(h, i)))
		i++;
	return i;
}

/*
 * How many ordinary words went before the one at hand, in this part of the
 * line; more than one is not asked about, and few words ask at all.
 */
unsigned head_prose(struct head *);

/* A part of the line begins at i: nothing, a separator or a number before. */
bool head_part_begins(struct head *, size_t i);

/* A level that is one letter, and one that is two, as Xorg has them: (EE). */
enum severity head_letter(struct head *);
enum severity head_doubled(struct head *);

#endif
