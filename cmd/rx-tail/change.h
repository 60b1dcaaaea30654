/* SPDX-License-Identifier: MIT */
/*
 * change -- what became of a file that is no longer what it was: copies that
 *           hold its old bytes, files born and renamed between two looks.
 */
#ifndef RX_TAIL_CHANGE_H
#define RX_TAIL_CHANGE_H

#include <stdbool.h>

#include "cmd/rx-tail/chain_files.h"
#include "cmd/rx-tail/tail.h"

/* The source's file shrank or was rewritten.  Frees or adopts the source. */
void change_of(struct tail *, struct source *);

/* Files beside the log that nobody knows yet are a part of its chain.  What the
 * path leads to at the same moment is left in files, for the caller to take and
 * to release. */
void change_find_between(struct tail *, struct log *, struct beside_list *);

/*
 * Is this file, named but not read yet, a copy of a source of its chain?
 * Then it is not read any more: true, and the chain has changed.
 */
bool change_is_copy(struct tail *, struct source *);

/* Is fd, of this size, where it ends, the same as what the source is read
 * from? */
bool change_same_bytes(struct tail *, int fd, uint64_t size, struct source *);

#endif
