/* SPDX-License-Identifier: MIT */
/*
 * highlight -- what of a text is shown in colour: the matches, as grep has
 *              them.
 *
 * Shape   From 0 on; an empty match shows nothing and is passed over.
 */
#ifndef RX_MATCH_HIGHLIGHT_H
#define RX_MATCH_HIGHLIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/rex.h"
#include "lib/span.h"

struct job;
struct item;

/* The patterns whose matches are shown in this one, or NULL. */
struct rex *highlight_of(const struct job *, const struct item *);

/* The next match behind *from, which is set to its end; false: none. */
bool highlight_next(
    struct rex *, struct span text, size_t *from, struct rex_hit *);

#endif
