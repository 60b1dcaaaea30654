/* SPDX-License-Identifier: MIT */
/*
 * since -- the first line of a file that was written at a time or after it.
 *
 * Shape   Lines are taken to be in order of time.  A line that tells none
 *         belongs to the one before it; so the answer is always the start of a
 *         line that tells its time.
 * Time    What the line says, or what a container's runtime says of it.
 * Pieces  A line that a container's runtime cut is not begun in its middle: the
 *         answer moves back to where no stream has one open, SINCE_PROBE bytes
 *         at most.  One that a rotation cut moves back into the file before, by
 *         since_cut().
 * Search  By halves, then line by line in the last SINCE_STEP bytes: some twenty
 *         reads of a file of any size.  Where SINCE_PROBE bytes tell no time
 *         the half before them is taken: rather too early than too late.
 *         Holes are skipped: a file whose writer kept its offset when it was
 *         truncated begins with one.
 * Memory  One block for all.
 */
#ifndef RX_TAIL_SINCE_H
#define RX_TAIL_SINCE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/rtime.h"
#include "lib/span.h"

#define SINCE_STEP (64 * 1024)
#define SINCE_PROBE (1024 * 1024)

/* "1h" before now, a time in any form that log lines have, or a day; -1.  The
 * zone is that of times that name none. */
int since_parse(
    const char *text, int64_t now_ns, const struct rtime *zone, int64_t *ns);

struct log;

enum since {
	SINCE_FOUND,
	SINCE_NONE, /* all lines are older */
	SINCE_UNTOLD, /* no line tells its time */
	SINCE_ERROR /* errno */
};

enum since since_find(
    int fd, uint64_t size, int64_t since_ns, struct log *, uint64_t *offset);

/*
 * Does a record that is open at the end of a file of a container go on in the
 * next file of the chain, up to next_o or beyond?  Then both must be read for
 * it: this file from here, the next one from its start.
 */
bool since_cut(struct log *, int fd, uint64_t size, int next_fd,
    uint64_t next_o, uint64_t *from);

#endif
