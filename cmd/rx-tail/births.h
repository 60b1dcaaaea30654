/* SPDX-License-Identifier: MIT */
/*
 * births -- files that began at the path of a log, as events told it, held
 *           against the files that were found.
 *
 * Why     A file that is made, filled, and then compressed, deleted or moved
 *         out of sight between two looks leaves nothing to read.  That it was
 *         there only the events know, so that it is lost and not silent.
 * Shape   The watch tells each event of the path's own name, the chain each
 *         file that it finds.  An event may come behind the look that found its
 *         file, so the two are held against each other when a look was
 *         followed by a read of all events that knew of no newer file.
 * Sure    Made, never written to and deleted: it held nothing, and is none.
 * Limits  Without events nothing is known: network file systems, --poll, a
 *         directory that was replaced, events that were too many, a log that is
 *         not followed yet.  Files moved in from directories that nobody watches
 *         may come as one event.  A copy that comes up beside the log in the
 *         same moment stands for one.
 */
#ifndef RX_TAIL_BIRTHS_H
#define RX_TAIL_BIRTHS_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/rx-tail/ident.h"

struct log;
struct tail;

struct births {
	unsigned begun; /* by events */
	unsigned found;
	struct ident at; /* what the path led to when it was found */
	bool there; /* the one begun last: no event took it away */
	bool empty; /* and nothing was written to it */
	bool looked; /* since the last began */
};

/* An event of the path's own name: the mask of inotify(7). */
void births_event(struct log *, uint32_t mask);

/* A file nobody knew is beside the log, or goes on as another log. */
void births_beside(struct log *);

/* The path leads to this file.  New: nobody knew it. */
void births_at(struct log *, const struct ident *, bool new);

/* No file could be had from the path: but is there something? */
void births_refused(struct log *);

/* There was a look; it asks for the turn that settles. */
void births_looked(struct tail *, struct log *);

/* A turn without a look: what began and was not found is told. */
void births_settle(struct tail *, struct log *);

/* More began than was found, or more was found than began. */
static inline bool
births_open(const struct births *b)
{
	return b->begun > 0 || b->found > 0;
}

static inline bool
births_missing(const struct births *b)
{
	return b->begun > b->found;
}

#endif
