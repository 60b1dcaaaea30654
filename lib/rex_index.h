/* SPDX-License-Identifier: MIT */
/*
 * rex_index -- which of many literals stand in a text.  Private to rex; does
 *              for any number of them what rex_scan does for a few.
 *
 * Shape   A literal is added with the number of its owner, a pattern.
 *         index_find() is scan_find(): the first place in a block where one
 *         stands.  index_owners() sets the bits of all owners that have one in
 *         the text; false when an escape of JSON may hide one, so that any
 *         owner may.
 * How     A window of four bytes of each literal, two of a short one, in lower
 *         case, gives a bit in a table that the innermost cache holds.  A place
 *         of the text whose bit is set is looked up, and compared in full.
 * Cost    About one nanosecond a byte, however many literals there are.
 * Errors  false: out of memory, or a literal of one byte.
 * Source  Karp and Rabin, Efficient randomized pattern-matching algorithms,
 *         IBM J. Res. Dev. 31 (1987).
 */
#ifndef RX_REX_INDEX_H
#define RX_REX_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/rex_scan.h"
#include "lib/span.h"

#define INDEX_NOBODY UINT32_MAX /* a literal of no pattern: heads, escapes */

struct index_entry {
	struct scan_literal literal; /* shift: of the window */
	uint32_t owner, hash;
};

struct index {
	struct index_entry *entries;
	size_t n, size;
	/* private */
	uint64_t *wide, *narrow; /* a bit for each hash of a window */
	uint32_t *first; /* of the entries, by hash */
	bool has_narrow;
};

bool index_add(struct index *, struct span, enum scan_kind, uint32_t owner);
bool index_build(struct index *); /* after the last add */
void index_release(struct index *);

const char *index_find(
    const struct index *, struct span block, size_t at, bool json);
bool index_owners(
    const struct index *, struct span text, bool json, uint64_t *owners);

#endif
