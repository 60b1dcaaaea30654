/* SPDX-License-Identifier: MIT */
/*
 * store_salvage -- what of a damaged spool can be read, into a new one.
 *
 * Shape   All pages of the old file and its log are looked at (dbpages.h), and
 *         what has the shape of a row of ours is copied.  Of a segment that
 *         is not what was stored the records that still parse are kept, with
 *         their tags; their number is told, for their bytes may be wrong.
 * Counts  What the counters of a lane promise and is not there becomes its
 *         counter lost, and a row of gap.  What is there and was settled by
 *         them comes again, and is told.  A lane whose row is gone gets the
 *         name salvaged-N, and tags far above any it may have used.
 * Errors  As lib/store.h, in the new store; the old file is only read.
 */
#ifndef RX_STORE_SALVAGE_H
#define RX_STORE_SALVAGE_H

#include "lib/store.h"

struct store_salvage {
	uint64_t records, letters, sources; /* that are there now */
	uint64_t lost, lost_letters; /* by the counters of the lanes */
	uint64_t again; /* there, although the counters have them settled */
	uint64_t segments; /* that were not what was stored */
	uint64_t doubtful; /* records kept of them */
	uint64_t doubtful_letters; /* not what was stored */
	uint64_t nameless; /* lanes */
	uint64_t rows; /* that were read */
	uint32_t pages, unreadable;
	/* Told now and then; may be NULL. */
	void (*progress)(uint32_t page, uint32_t of);
};

/* st is new and empty; old is not opened by anybody. */
int store_salvage(struct store *st, const char *old, struct store_salvage *);

/* store_verify.c looks at everything: 0, or EX_DATAERR and store_why(). */
int store_verify(struct store *);

#endif
