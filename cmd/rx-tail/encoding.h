/* SPDX-License-Identifier: MIT */
/*
 * encoding -- the byte order mark at the start of a file, and what it says.
 *
 * Shape   UTF-8 with a mark loses the mark.  UTF-16 of either order, which must
 *         have one, becomes UTF-8; a lone surrogate or half a code unit is
 *         U+FFFD.  Anything else is passed as it is.
 * Offsets Count the bytes of the file.  An LF of UTF-16 is a whole code unit.
 * Limits  A line of UTF-16 is cut after UTF16_CUT bytes, before a pair that
 *         would be split: its text is then within FRAGMENT_MAX.
 * Source  Unicode 16.0, 3.9 and 3.10; RFC 2781.
 */
#ifndef RX_TAIL_ENCODING_H
#define RX_TAIL_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/span.h"

#define UTF16_CUT (128 * 1024)

enum encoding {
	ENCODING_UNKNOWN, /* nothing was read yet */
	ENCODING_PLAIN,
	ENCODING_UTF8_MARK,
	ENCODING_UTF16_LE,
	ENCODING_UTF16_BE
};

static inline bool
encoding_is_wide(enum encoding e)
{
	return e >= ENCODING_UTF16_LE;
}

/* By the first bytes; UNKNOWN as long as they may begin a mark. */
enum encoding encoding_of(struct span first, bool final);

/* Text that begins at offset o, without the mark, as UTF-8 where it is wide.
 * A loan until the next call. */
struct span encoding_text(enum encoding, struct span, uint64_t o);

/* The length of the line that bytes begin with, without its LF; it begins at
 * an even offset.  False: there is no LF. */
bool encoding_line(enum encoding, struct span bytes, size_t *len);

/* Where a line that is too long is cut; 0: it is not. */
size_t encoding_cut(enum encoding, struct span line);

#endif
