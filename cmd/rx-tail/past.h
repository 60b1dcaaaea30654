/* SPDX-License-Identifier: MIT */
/*
 * past -- what was told of sources that nobody holds now.
 *
 * A file that went may come back: it was unreadable, its directory was not
 * mounted, it was moved away and is moved back.  Its src follows from the file
 * alone, so whoever reads it goes on where that src was left, or gives the
 * file another GEN: a mark never moves a source back.
 *
 * Shape   past_add() copies an entry, and the file it was read from, and when
 *         that was seen last.  past_take() finds, of the lives that file had, the
 *         latest that it still holds, and hands it over: it is nobody's past
 *         any more.
 * Limits  The latest PAST_MAX.  The run forgets what is older; the spools do
 *         not, and the next run has it from them.
 * Memory  About 300 bytes each, and the path.
 */
#ifndef RX_TAIL_PAST_H
#define RX_TAIL_PAST_H

#include "cmd/rx-tail/ident.h"

#define PAST_MAX 65536

void past_add(const struct ident *, const struct entry *, int64_t seen_ns);
bool past_has(const struct ident *, const char *src);
void past_forget(const struct ident *, const char *src);

/* Its end was told: x. */
void past_over(const struct ident *, const char *src);
void past_each(void (*)(void *, const struct entry *, int64_t seen_ns), void *);

/* True: the file goes on as this entry.  False: it is another; gen is what
 * its life has. */
bool past_take(
    const struct ident *, int fd, uint64_t size, struct entry *, uint64_t *gen);

#endif
