/* SPDX-License-Identifier: MIT */
/*
 * via -- any command as a stage of a marked stream (PROTOCOL.md 9): a mode of
 *        its own, in which nothing is matched.
 *
 * Shape   A segment is the data between two control records.  For each that
 *         has some, CMD is started, reads its lines, and what it writes is
 *         passed on.  The control record follows when CMD has ended with a
 *         status that is accepted; 0 is, unless told.
 * Limits  What CMD was not fed yet is at most VIA_HELD; a line of its output
 *         is at most LINES_MAX, longer ones are dropped and counted.
 * Silence A command that is to end and does nothing for --via-timeout counts as
 *         failed: in a marked stream 60 s, else there is no bound until it has
 *         closed both its input and its output.
 * Errors  Another status ends the process with EX_TEMPFAIL: nothing of the
 *         segment is committed, it will be read again.
 */
#ifndef RX_MATCH_VIA_H
#define RX_MATCH_VIA_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/span.h"

#define VIA_HELD (256 * 1024)

void via_option(const char *command);
void via_accept_option(const char *list); /* "0,1" */
void via_timeout_option(const char *duration);
bool via_asked(void);
/* stats: the file of counters, or NULL.  The exit status. */
int via_main(bool checking, const char *stats);

/* Where the next control record begins; the length when there is none. */
size_t via_next_control(struct span lines);
/* How many lines; the last may have lost its newline. */
uintmax_t via_lines_of(struct span lines);

#endif
