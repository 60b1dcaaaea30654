/* SPDX-License-Identifier: MIT */
/*
 * number -- which line of its input a line is.
 *
 * Use     number_block() with each block of whole lines and, once it is done
 *         with, number_lines() of them.  number_of() asks for a line of the
 *         block; asked in order, no byte is looked at twice.
 */
#ifndef RX_MATCH_NUMBER_H
#define RX_MATCH_NUMBER_H

#include <stdint.h>

#include "lib/span.h"

struct number {
	uintmax_t before; /* lines in front of the block */
	/* private */
	const char *block, *at;
	uintmax_t passed; /* lines from the start of the block to at */
};

void number_block(struct number *, struct span block);
void number_lines(struct number *, uintmax_t); /* the block had so many */
uintmax_t number_of(struct number *, const char *line); /* from 1 */

/* A last line without its newline is one, too. */
uintmax_t number_count(struct span);

#endif
