/* SPDX-License-Identifier: MIT */
/*
 * lines -- read a descriptor line by line, or by whole blocks of lines.
 *
 * Shape   The bytes up to '\n', without it; NULs are kept.  A last line that
 *         lacks its '\n' is still a line, and torn is then true: a record
 *         reader drops it in silence if it does not parse (PROTOCOL.md 1).
 *         lines_block() lends all whole lines read so far as one span, each
 *         with its '\n' (only a torn last one without).
 * Limits  LINES_MAX.  A longer line is skipped whole and counted, never
 *         split: half a record is not a record.
 * Owner   The span is a loan.  It dies at the next lines_next(),
 *         lines_block() or lines_fill().
 * Waits   In stop_wait() only, and only when lines_ready() is false.  Tools
 *         that wait for more than one thing poll the descriptor themselves
 *         and call lines_fill(): one read(2), which waits only if the
 *         descriptor was not readable.
 * Stop    Once stop_fd (of stop_init()) is readable the lines already read
 *         are still given out, then the input has ended.  -1: nothing
 *         stops it.
 * Pipe    If fd is a pipe, lines_init() asks for PIPE_WIDE bytes in it.
 * Cost    No byte is searched for its newline twice, reads ask for 256 KiB, and
 *         memory grows with the longest line alone.
 * Errors  -1 with errno from read(2), poll(2) or malloc(3).  Never exits.
 * Source  POSIX.1-2017 read(2), poll(2).
 */
#ifndef RX_LINES_H
#define RX_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/span.h"

#define LINES_MAX (1024 * 1024) /* bytes, without the newline */

struct lines {
	uintmax_t number; /* of the line lines_next() last gave, from 1 */
	uintmax_t overlong; /* lines skipped */
	bool torn; /* the line last given had no '\n' */
	bool ended; /* no more can be read: end of input, or stopped */
	/* private */
	char *buf;
	size_t start, line, end, size;
	int fd, stop_fd;
	bool skipping;
};

void lines_init(struct lines *, int fd, int stop_fd);
bool lines_ready(const struct lines *); /* next and block will not wait */
int lines_next(struct lines *, struct span *); /* 1 line, 0 end, -1 error */
int lines_block(struct lines *, struct span *); /* 1 block, 0 end, -1 error */
int lines_fill(struct lines *); /* 1 read some, 0 end of input, -1 error */
void lines_release(struct lines *);

#endif
