/* SPDX-License-Identifier: MIT */
/*
 * chain -- one log through renames, truncation, deletion and return
 *          (PROTOCOL.md 5 and 6).
 *
 *   what is seen                    what it means, what is done
 *   ------------------------------  --------------------------------------
 *   the path leads to another file  rename: the old one is ROTATED and read to
 *                                   its end, files between the two are found
 *                                   by chain_files(), the new one comes last
 *   the path leads nowhere          the same, without a new one yet
 *   size < offset, or the anchor    truncated or rewritten: an adopted copy
 *   does not hold                   goes on under the old src, else a gap;
 *                                   the file is read from 0, GEN + 1
 *   a file beside the log begins    a copy in the making: not read as long as
 *   as a source that still holds    the original holds
 *   ROTATED, quiet, path taken      finished: half line out, x told, closed
 *   ROTATED, no links               the same, --rotate-wait after it was seen
 *   finished, but grows             read on from where it was
 */
#ifndef RX_TAIL_CHAIN_H
#define RX_TAIL_CHAIN_H

#include <stdbool.h>

#include "cmd/rx-tail/chain_files.h"
#include "cmd/rx-tail/tail.h"

/* Read the chain for a turn; true: there is more.  The log may be freed. */
bool chain_turn(struct tail *, struct log *);

/* A file beside the log is a part of its chain. */
void chain_joined(struct tail *, struct log *, struct beside *);

/* Finished, but it grew: go on. */
void chain_reopened(struct tail *, struct source *);

/* Does some source of the chain have to be looked at soon? */
bool chain_is_restless(const struct tail *, struct log *);

/* The path's file as the newest source, at 0. */
struct source *chain_new_live(
    struct tail *, struct log *, const struct ident *);

/* Say once that a log cannot be read, and why (errno). */
void chain_unreadable(struct tail *, struct log *);

/* Is the descriptor one of our own outputs?  Reading it would never end. */
bool chain_is_own_output(const struct ident *);

#endif
