/* SPDX-License-Identifier: MIT */
/*
 * journal -- the journal of systemd as a source.
 *
 * Shape   journal_want() comes with the options; journal_open() before
 *         privileges go, journal_start() behind the positions of files, and
 *         journal_turn() hands on some entries: log_line is MESSAGE,
 *         application SYSLOG_IDENTIFIER or _COMM, the time that of the entry;
 *         unit, priority, pid and hostname follow where they are known.
 * Place   PROTOCOL.md 5: one source for each sequence-number id, o the number,
 *         e = o + 1, p the cursor.
 * Limits  A message that escapes to more than FRAGMENT_MAX is cut, truncated
 *         says so.
 * Without The library is loaded when it is asked for, so that it costs nothing
 *         else; journal_open() dies where it or its header was not there.
 * Source  sd-journal(3), systemd.journal-fields(7).
 */
#ifndef RX_TAIL_JOURNAL_H
#define RX_TAIL_JOURNAL_H

#include <stdbool.h>

#include "cmd/rx-tail/tail.h"

/* units: "a.service,b", NULL: all. */
void journal_want(struct tail *, const char *units);
void journal_path(struct tail *, const char *path); /* a file or directory */

bool journal_is_built(void);
void journal_open(struct tail *);
bool journal_resume(
    struct tail *, const struct entry *); /* false: no entry of it */
void journal_start(struct tail *, bool resumed);
bool journal_turn(struct tail *); /* true: there may be more */

/* What a mark tells; moved: only sources that moved since. */
void journal_tell(
    struct tail *, bool moved, void (*)(struct tail *, const struct entry *));

#endif
