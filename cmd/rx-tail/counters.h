/* SPDX-License-Identifier: MIT */
/*
 * counters -- what is told about rx-tail itself: by --stats, by USR1.
 *
 * Shape   What happens to files is counted by kind, where it happens.  How far
 *         the reading is behind is asked of the files when it is told.
 * Lag     Bytes: what a file holds behind the last line handed on, a half line
 *         too.  Seconds: for how long there has been something to read.
 */
#ifndef RX_TAIL_COUNTERS_H
#define RX_TAIL_COUNTERS_H

#include <stdint.h>

struct buf;

enum rotation {
	ROTATION_RENAMED, /* the path leads to another file, or nowhere */
	ROTATION_DELETED,
	ROTATION_COPIED, /* truncated, and a copy holds what was before */
	ROTATION_TRUNCATED, /* or rewritten: no copy does */
	ROTATION_KINDS
};

enum gap { GAP_TRUNCATED, GAP_DELETED, GAP_KINDS };

struct counters {
	uintmax_t rotations[ROTATION_KINDS], gaps[GAP_KINDS];
	uintmax_t written; /* records, a line in pieces being several */
	uintmax_t own; /* lines of rx itself, left out */
	uintmax_t joined; /* lines that went into the record of another */
	uintmax_t open; /* records that wait for more of their lines */
	uintmax_t overflows; /* of the queue of events */
	uintmax_t abandoned; /* bytes that were seen, and never read */
};

const char *gap_name(enum gap); /* as PROTOCOL.md spells it */

static inline void
count_rotation(struct counters *c, enum rotation kind)
{
	c->rotations[kind]++;
}

/* Both take the struct tail. */
void counters_status(void *);
void counters_render(void *, struct buf *);

#endif
