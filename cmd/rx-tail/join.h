/* SPDX-License-Identifier: MIT */
/*
 * join -- several lines of a log as one record: what a container runtime cut
 *         into pieces, and what --multiline says belongs together.
 *
 * Shape   A log with a join hands its lines to join_line(), which writes
 *         records with render_piece().  Each stream of a container has a slot
 *         of its own; the record that is in the making there is open.
 * End     An open record is complete when its last piece says so or the next
 *         line of its stream begins another.  It also ends when
 *           - it would escape to more than FRAGMENT_MAX: it goes on as the
 *             next fragment, numbered as those of split.c;
 *           - a line of the same file was written JOIN_APART_NS later by the
 *             runtime's clock, or stands JOIN_FAR bytes behind it;
 *           - nothing came for a while: join_is_late(), asked by who reads;
 *           - its file ends, changes or is given up: join_flush().
 *         But for the last two all follows from the bytes of the files, so
 *         that a run that reads them again cuts as the run before did.
 * Order   Each record of a source has a larger e than all before, which is how
 *         a spool knows what it has (PROTOCOL.md P3), and the same one in each
 *         run that reads it.  So where lines of another stream stand behind a
 *         record, its e is one byte into the line that ended it, of a second
 *         one that the same line ended two bytes, whichever was handed on
 *         before.
 * Marks   What is open is not covered: hold.h.
 * Files   A record may go on in the next file of the chain.  It then belongs to
 *         the file of its last piece.
 * Memory  FRAGMENT_MAX for each slot, given back when little was held for long.
 */
#ifndef RX_TAIL_JOIN_H
#define RX_TAIL_JOIN_H

#include <stdbool.h>

#include "cmd/rx-tail/render.h"
#include "cmd/rx-tail/tail.h"

#define JOIN_APART_NS (INT64_C(5000000000))
#define JOIN_FAR (1024 * 1024)

/* NULL when nothing has to be joined. */
struct join *join_new(struct tail *, const char *path);
void join_free(struct join *);
const char *join_name(const struct join *); /* its container's, or NULL */

/* What its container's runtime says of a line, and of its time. */
bool join_decodes(struct join *, struct span line, struct decoded *);
bool join_tells(struct join *, struct span line, struct rtime_found *);

/*
 * One line, or a fragment of one that is too long.  Where positions are kept its
 * anchor stands before at.  s->o is still its start.
 */
void join_line(
    struct tail *, struct source *, const struct piece *, const char *at);

/* It was left inside a record that is in fragments (fr). */
void join_resumed(struct source *);

bool join_is_open(const struct log *);
bool join_needs(const struct source *); /* some of it is open */

/*
 * It waited long enough for more, if nothing was written until now.  So ask that
 * time first, and then see that nothing is unread: who was kept from the
 * processor for a while finds what came meanwhile.
 */
bool join_is_late(const struct tail *, struct log *, int64_t now_ns);
void join_flush(struct tail *, struct log *);

#endif
