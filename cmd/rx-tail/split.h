/* SPDX-License-Identifier: MIT */
/*
 * split -- a window of bytes into lines, lines into records.
 *
 * Shape   The window's bytes from start to end follow offset s->o of the
 *         source.  split() hands on what is complete and moves both; what is
 *         left is less than FRAGMENT_NEED bytes.  The MARK_ANCHOR bytes before
 *         start, or as many as the file has, are in the window too: marks are
 *         written on the way.
 */
#ifndef RX_TAIL_SPLIT_H
#define RX_TAIL_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-tail/tail.h"

struct window {
	char *buf;
	size_t start, end;
	int64_t read_ns; /* wall clock of the last read */
};

/* final: no byte will ever follow. */
void split(struct tail *, struct source *, struct window *, bool final);

#endif
