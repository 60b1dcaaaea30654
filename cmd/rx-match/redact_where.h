/* SPDX-License-Identifier: MIT */
/*
 * redact_where -- in which members secrets are hidden: --redact-member.
 *
 * Shape   where_option() takes a name of the top level or a JSON pointer;
 *         where_find() gives the values of a record that they name, in the
 *         order of the text and none inside another.  Without an option they
 *         are those of the top level.  _rx in front is none of them.
 * Twice   Of members that share a name each counts: what one reader passes
 *         over another one shows.
 * Owner   The values are a loan of the record and of the where, until the next
 *         where_find().
 * Limits  WHERE_MOST options.
 * Errors  where_option: what is wrong, or NULL.  Dies when memory is out.
 */
#ifndef RX_MATCH_REDACT_WHERE_H
#define RX_MATCH_REDACT_WHERE_H

#include <stddef.h>

#include "lib/buf.h"
#include "lib/record.h"
#include "lib/span.h"

#define WHERE_MOST 64

struct place {
	struct span value; /* with its quotes */
	struct span name; /* of it, escaped */
};

struct where {
	struct place *places;
	size_t n;
	/* private */
	struct where_path {
		struct span *names; /* from the top, unescaped */
		size_t n;
	} paths[WHERE_MOST];
	size_t n_paths, size;
	struct buf scratch;
};

const char *where_option(struct where *, const char *name_or_pointer);
void where_find(struct where *, const struct record *);
void where_release(struct where *);

#endif
