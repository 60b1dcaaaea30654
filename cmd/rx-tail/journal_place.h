/* SPDX-License-Identifier: MIT */
/*
 * journal_place -- where in the journal we are.
 *
 * Shape   One sequence for each sequence-number id: its entries bear numbers that
 *         grow, and o is that behind the last entry handed on, whose cursor is
 *         kept to find it again (PROTOCOL.md 5).
 * Lost    Files of the journal are deleted oldest first.  So when the entry
 *         before o is still there all that followed is; when it is not, a gap
 *         says from which number to which entries may be gone, to the end of
 *         the sequence if none of it is there any more.  That one is then told
 *         as finished, and the next run does not ask for it.
 */
#ifndef RX_TAIL_JOURNAL_PLACE_H
#define RX_TAIL_JOURNAL_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/rx-tail/tail.h"

#define JOURNAL_CURSOR 256 /* bytes of a cursor, with its NUL */

struct sequence {
	char id[40];
	char src[MARK_SRC + 1];
	char cursor[JOURNAL_CURSOR]; /* of the entry before o */
	uint64_t o;
	bool moved;
	bool over; /* none of it is there any more */
};

/* The sequence and number of the current entry; NULL when nobody can say. */
struct sequence *place_here(
    struct tail *, char cursor[JOURNAL_CURSOR], uint64_t *number);

/* It was handed on, or is not wanted. */
void place_passed(
    struct sequence *, const char cursor[JOURNAL_CURSOR], uint64_t number);

/* Before there are matches: what is lost of each sequence that was resumed. */
void place_find_lost(struct tail *);

bool place_is_resumed(void); /* some sequence is */
void place_back(void); /* to the earliest place where one is */
void place_end(struct tail *); /* behind the last entry, but for -n */

#endif
