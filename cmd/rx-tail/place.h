/* SPDX-License-Identifier: MIT */
/*
 * place -- the files of a log's chain, all open at once, for start.c.
 *
 * Owner   place_open() to place_close().
 * Hidden  What is there and cannot be looked at now is told, and the entries of
 *         the claims that may be about it are hidden: neither lost nor begun
 *         anew.
 */
#ifndef RX_TAIL_PLACE_H
#define RX_TAIL_PLACE_H

#include "cmd/rx-tail/chain_files.h"
#include "cmd/rx-tail/known.h"

/* The places, oldest first, the live path last; how many.  The descriptors are
 * theirs from here on, the paths are not. */
size_t place_open(struct log *, struct beside_list *, struct place **);
void place_close(struct place *, size_t n);

/* No file of the chain can be looked at, for this errno. */
void place_hide_all(struct log *, int error);

#endif
