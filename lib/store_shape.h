/* SPDX-License-Identifier: MIT */
/*
 * store_shape -- whose row is this?  Of a damaged file the rows are read without
 *                their tables; the types of their values tell.
 *
 * Shape   store_shape_of() names the table of layout 3, or of layout 2 where
 *         that was another.  store_shape_insert() is the statement that copies
 *         such a row.  A file may hold an older copy of a row as well, on a page
 *         that was given back: whichever comes first, the newer one stays.
 * Source  sqlite.org/fileformat2.html; lib/store.h.
 */
#ifndef RX_STORE_SHAPE_H
#define RX_STORE_SHAPE_H

#include "lib/dbpages.h"

enum shape {
	SEGMENT,
	LANE,
	SOURCE,
	SETTLED,
	RETRY,
	LETTER,
	LETTER_2, /* of layout 2: without a sum */
	BURIED,
	GAP,
	SEEN,
	SPOOL,
	SHAPES
};

/* SHAPES: none of ours. */
enum shape store_shape_of(const struct dbrow *);
/* Values of the row by their place; sqlite3_free() it.  NULL: no memory. */
char *store_shape_insert(enum shape);

#endif
