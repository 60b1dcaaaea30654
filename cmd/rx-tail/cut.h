/* SPDX-License-Identifier: MIT */
/*
 * cut -- how far each source was handed on, and the control records that tell
 *        it (PROTOCOL.md 2, 4).
 *
 * Shape   cut_begin() comes first.  Whoever moves a source calls cut_moved();
 *         whoever wrote a record calls cut_count() and, when
 *         cut_due(), cut_mark().  A mark covers all records before it.
 * Limits  A mark at the latest after CUT_RECORDS records, CUT_BYTES bytes or,
 *         which the loop sees to, CUT_MS.  One in CUT_FULL, and one a minute, is
 *         full.  A mark is a record: more sources than fit in one are told by
 *         several, none of which is full.  What a claim can hold fits.
 * Off     Without --marks nothing is written; gaps are only said.
 * Memory  Grows with the number of sources told at once; none a record.
 */
#ifndef RX_TAIL_CUT_H
#define RX_TAIL_CUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-tail/counters.h"
#include "lib/buf.h"
#include "lib/mark.h"

#define CUT_RECORDS 1000
#define CUT_BYTES (256 * 1024)
#define CUT_MS 100
#define CUT_FULL 100
#define CUT_FULL_MS 60000
#define CUT_ENTRY 400 /* bytes of an ENTRY beside its path, at most */

struct log;
struct source;
struct tail;

struct cut {
	bool on;
	char nonce[DIGEST_NONCE + 1];
	uint64_t q;
	struct source *dirty;
	uint64_t records, bytes; /* not covered */
	int64_t since_ms; /* the first of them */
	uint64_t last_full_q;
	int64_t last_full_ms;
	struct buf text;
	struct entry *pos;
	size_t n_pos, size, pos_bytes;
};

void cut_begin(struct tail *, const struct claim *, size_t n,
    const struct entry *pos, size_t n_pos);
void cut_moved(struct tail *, struct source *);

/* One record of n bytes was written. */
static inline void
cut_count(struct cut *c, size_t n)
{
	c->records++;
	c->bytes += n;
}

static inline bool
cut_due(const struct cut *c) /* it is time for a mark */
{
	return c->records >= CUT_RECORDS || c->bytes >= CUT_BYTES;
}

/* A source that is over, though nobody holds it: told by the next mark.  The
 * path is a loan until then. */
void cut_over(struct tail *, const struct entry *);

bool cut_open(const struct cut *); /* something is not covered */
void cut_mark(struct tail *, bool full);
void cut_gap(struct tail *, const char *src, uint64_t from, const uint64_t *to,
    enum gap, struct span path_json);

/* As many files of the log are gone of which nothing was seen: each is a gap
 * from 0 of a source of its own. */
void cut_unseen(struct tail *, const struct log *, unsigned n);

#endif
