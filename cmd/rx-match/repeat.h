/* SPDX-License-Identifier: MIT */
/*
 * repeat -- records that are like one that was kept but for their digits.
 *
 * Why     What is kept is mostly said again and again: four of five records of
 *         real logs.  To find such a one costs a comparison, where reading
 *         and judging it would come to the same end.
 * Shape   What is searched for, and all that tells a severity, knows a digit
 *         only as a digit; so of two records that are alike (alike.h) either
 *         both are kept, and are as bad, or none is.  And if one is valid
 *         JSON so is the other, unless a number of it now begins with 0.
 * Not so  and so not remembered: a level that is told by its number, escapes
 *         like \u0041, and what a record is asked beside its words.
 *         repeat_usable() says whether a job asks no more.
 * Limits  Records of at most REPEAT_LINE bytes, REPEATS of them.
 * Owner   One set a process; the lines are copies.
 */
#ifndef RX_MATCH_REPEAT_H
#define RX_MATCH_REPEAT_H

#include <stdbool.h>

#include "lib/span.h"

#include "match.h"

#define REPEAT_LINE 640 /* bytes */
#define REPEATS 64

bool repeat_usable(const struct job *);

/* hint: the place that made it a candidate, by which it is found again. */
bool repeat_find(struct span line, const char *hint, enum severity *);

/* It was kept, as it came but for its severity. */
void repeat_keep(struct item *, const char *hint);
void repeat_forget(void); /* what is searched for changes */

#endif
