/* SPDX-License-Identifier: MIT */
/*
 * record_memo -- members that are written as they were in a record before.
 *                Private to record.
 *
 * Shape   Of records that follow one another most members are the same bytes in
 *         the same order: the host, the file, the label.  They were checked
 *         once.  The head of such a record is kept, and where its members
 *         begin; as far as the bytes are the same again, so are the members.
 *         What counts is all up to where the next member begins, so any value
 *         may be in it, and any blanks.
 * Use     record_memo_read() where a member begins; record_memo_keep() when
 *         the record is whole, which takes it over if it was a surprise.
 * Limits  The first MEMO_MEMBERS of a record that begin in its first MEMO_HEAD
 *         bytes; never the last one.
 * Owner   A copy: the record before may be gone.
 */
#ifndef RX_RECORD_MEMO_H
#define RX_RECORD_MEMO_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/jscan.h"
#include "lib/record.h"

#define MEMO_MEMBERS 16
#define MEMO_HEAD 512

struct record_memo {
	size_t n; /* of the members that are known, the last only to begin */
	struct memo_member {
		size_t begin; /* in the head; the others are behind that */
		size_t name_len, value_at, value_len;
		enum value_type type;
		bool name_escaped, value_escaped;
	} members[MEMO_MEMBERS];
	char head[MEMO_HEAD]; /* up to where the last begins */
};

/*
 * The i-th member begins at the cursor.  Reads the members that are the same
 * from it on into m, and says how many; then the cursor is before the next one.
 */
size_t record_memo_read(
    const struct record_memo *, struct jscan *, size_t i, struct member *m);

/* The text had n members, of which so many were not the same. */
void record_memo_keep(struct record_memo *, const struct jscan *,
    const struct member *, size_t n, size_t others);

#endif
