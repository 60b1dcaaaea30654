/* SPDX-License-Identifier: MIT */
/*
 * dedupe -- a record that says what one said lately is counted, not passed:
 *           --dedupe.
 *
 * Shape   Two records are the same when all their members are, but for _rx,
 *         timestamp and a time at the head of the text.  The first passes at
 *         once.  Those of the next DURATION, in the time of the records, are
 *         counted; then one summary comes: the first of these without _rx, with
 *         the time of the last, "message repeated N times: [ TEXT ]" as its text
 *         and the members repeated (N) and repeated_since (the time of the one
 *         that passed).
 *         What comes after DURATION passes again.
 * Early   The summary comes before DURATION is over at the end, on TERM, and
 *         when the table is full; and while no record comes, when DURATION is
 *         over on our own clock.
 * Marks   A summary is a record without coordinates, and what follows the last
 *         mark of a stream is not stored.  So a control record at the end of
 *         what was read waits while repeats are held, for DEDUPE_IDLE; if
 *         nothing came by then the summaries come, and it follows them
 *         (PROTOCOL.md R3).
 * Lost    kill -9 loses the counts since the last summaries, never a record
 *         that was not seen before.
 * Limits  DEDUPE_HELD kinds of record at once, of DEDUPE_LONGEST bytes; longer
 *         ones pass.
 */
#ifndef RX_MATCH_DEDUPE_H
#define RX_MATCH_DEDUPE_H

#include <stdbool.h>

#include "steps.h"

#define DEDUPE_IDLE 5000 /* ms */
#define DEDUPE_HELD 256
#define DEDUPE_LONGEST (16 * 1024)

const char *dedupe_option(const char *duration);

extern const struct step dedupe_step;

#endif
