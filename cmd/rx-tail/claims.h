/* SPDX-License-Identifier: MIT */
/*
 * claims -- where downstream says we are: --resume, read and merged
 *           (PROTOCOL.md T1).
 *
 * Shape   Each FILE holds the one line of `rx-spool claim`; it may be a FIFO.
 *         Of several claims each source gets its smallest offset; one that a
 *         claim does not know counts as 0 for it.  A new lane takes part only
 *         when it wants everything (from_start).
 * Owner   claims_init() to claims_release(); entries are loans of it.
 * Errors  Dies: EX_TEMPFAIL when a claim is empty (its rx-spool said why),
 *         EX_DATAERR when it is no claim, EX_IOERR when it cannot be read.
 */
#ifndef RX_TAIL_CLAIMS_H
#define RX_TAIL_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/mark.h"

#define CLAIMS_MAX 16 /* spools behind one rx-tail */

/* What one claim says of one source. */
struct vote {
	struct entry entry;
	size_t claim;
};

struct claims {
	struct buf texts[CLAIMS_MAX];
	struct claim claims[CLAIMS_MAX];
	bool new[CLAIMS_MAX];
	size_t n;
	bool new_lane; /* all are new: --from counts */
	struct vote *votes;
	size_t n_votes, size;
	struct entry *pos; /* merged */
	int64_t *seen_ns; /* of each pos, or NULL: now */
	size_t n_pos;
};

void claims_init(struct claims *);
void claims_add(struct claims *, const char *path);
void claims_merge(struct claims *, bool from_start); /* after the last */
void claims_release(struct claims *);

#endif
