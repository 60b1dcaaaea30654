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
 * Errors  Another status ends the process with EX_TEMPFAIL: nothing of the
 *         segment is committed, it will be read again.
 */
#ifndef RX_MATCH_VIA_H
#define RX_MATCH_VIA_H

#include <stdbool.h>

#define VIA_HELD (256 * 1024)

void via_option(const char *command);
void via_accept_option(const char *list); /* "0,1" */
bool via_asked(void);
int via_main(bool checking); /* the exit status */

#endif
