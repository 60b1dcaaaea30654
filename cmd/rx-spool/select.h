/* SPDX-License-Identifier: MIT */
/*
 * select -- which records query and dead are asked for.
 *
 * Shape   --since and --until: an RFC 3339 time, or a duration before now;
 *         from the one up to the other, both included.  --where MEMBER=VALUE:
 *         a top-level member that is this text, or this number, true, false or
 *         null as spelled; all that are given have to hold.  --limit N.
 * Time    A record's own timestamp, or where it has none that RFC 3339 knows,
 *         the time it was stored.
 */
#ifndef RX_SELECT_H
#define RX_SELECT_H

#include "cmd/rx-spool/spool.h"
#include "lib/record.h"

#define SELECT_OPTIONS \
	{ OPT_LIMIT, "limit", "N", "at most so many [0: all]" }, \
	    { OPT_SINCE, "since", "TIME", \
		    "not before: RFC 3339, or so long ago" }, \
	    { OPT_UNTIL, "until", "TIME", "not after: the same" }, \
	{ \
		OPT_WHERE, "where", "MEMBER=VALUE", \
		    "only records with this member" \
	}

struct where {
	const char *member;
	struct span value;
};

struct select {
	int64_t since_ns, until_ns;
	uint64_t limit, taken;
	struct where *where;
	size_t n_where;
	struct record record;
	struct buf text;
};

void select_init(struct select *);
void select_release(struct select *);
/* False: none of its options.  A wrong argument ends with 64. */
bool select_option(struct select *, int option);
/* Dies when a record of the spool is none. */
bool select_takes(struct select *, struct span record, int64_t stored_ms);
static inline bool
select_full(const struct select *s)
{
	return s->limit > 0 && s->taken >= s->limit;
}

#endif
