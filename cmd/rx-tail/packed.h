/* SPDX-License-Identifier: MIT */
/*
 * packed -- rotated files that were compressed: read once, from start to end.
 *
 * Shape   A file whose name ends in .gz is a source of its own kind.  It is
 *         taken when reading begins, by --once where it was asked for and by
 *         --since where it is of a log's chain, before the files of that chain
 *         that are not compressed; never later, so what was read before it was
 *         compressed is not read again.  One beside which the file of the same
 *         name without .gz still lies is left out for that.
 * Place   It has no offset to go back to: not with --marks, and not when a
 *         checkpoint is gone on from.
 * Errors  What is damaged or cut short is told, counted, and read as far as it
 *         goes.
 * Memory  A window for each that is being read: PACKED_WINDOW, or what its
 *         longest line needs.
 * Source  RFC 1952, by zlib.
 */
#ifndef RX_TAIL_PACKED_H
#define RX_TAIL_PACKED_H

#include <stdbool.h>

#include "cmd/rx-tail/follow.h"
#include "cmd/rx-tail/tail.h"

#define PACKED_WINDOW (128 * 1024)

bool packed_is(const char *path);

/* A pattern names this file; true: it is not a log of its own. */
bool packed_found(struct tail *, const char *path);

/* The log's path is such a file. */
void packed_place(struct tail *, struct log *);

/* Those of a log's chain, before its other sources. */
void packed_chain(struct tail *, struct log *);

/* follow() for such a source. */
enum followed packed_turn(struct tail *, struct source *);
void packed_free(struct packed *);

const char *packed_version(void); /* of zlib */

#endif
