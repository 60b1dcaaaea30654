/* SPDX-License-Identifier: MIT */
/*
 * fields -- members of a checked JSON object into a struct, by a table.  What
 *           the parsers of mark.h are made of.
 *
 * Shape   Members may come in any order; of those that share a name the last
 *         counts, and each must be of its form.  Members the table does not
 *         name are passed over, so a later version may add some.
 * Forms   What a member must be, and what it becomes at offset `at`:
 *           FIELD_TEXT     a string: its text, still escaped, a struct span
 *           FIELD_LIST     an array: its text, a struct span
 *           FIELD_FLAG     true or false: a bool
 *           FIELD_COUNT    an integer below 2^53: a uint64_t
 *           FIELD_U64      a string of a number: a uint64_t
 *           FIELD_I64      the same, with a sign if need be: an int64_t
 *           FIELD_SRC      a src: its characters and a NUL
 *           FIELD_HASH     [LEN,"HASH"]: a uint64_t, the digits and a NUL at
 *                          `hash`
 *           FIELD_VERSION  the integer 1; nothing is stored
 * Lacking A field that is not optional must be there.  Of one that is, `told`
 *         is where a bool says whether it was (0: nobody asks), and null is as
 *         if it was not there when `nullable`.
 * Errors  -1: a member is lacking or not of its form.
 */
#ifndef RX_FIELDS_H
#define RX_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/digest.h"
#include "lib/span.h"

enum field_form {
	FIELD_TEXT,
	FIELD_LIST,
	FIELD_FLAG,
	FIELD_COUNT,
	FIELD_U64,
	FIELD_I64,
	FIELD_SRC,
	FIELD_HASH,
	FIELD_VERSION
};

struct field {
	struct span name;
	enum field_form form;
	size_t at;
	size_t hash;
	size_t told;
	bool optional;
	bool nullable;
};

#define FIELDS_MAX 32 /* in one table */
int fields_read(struct span object, const struct field *, size_t n, void *dst);
/* FIELD_HASH alone. */
int fields_hash(struct span array, uint64_t *len, char hash[DIGEST_HEX + 1]);

#endif
