/* SPDX-License-Identifier: MIT */
/*
 * render -- a line of a log as a record, straight into the output.
 *
 * Shape   DESIGN.md 2: _rx (with --marks), timestamp, node_id, system_ip,
 *         log_path, label, application, log_line, in this order.  What is the
 *         same for every line of a log is rendered once, by render_log().
 *         Without --marks a fragment that is not the last of its line says
 *         truncated.
 * Raw     With --format raw the text of a piece and LF, whatever its bytes are.
 * Time    That of the piece, else read from the line, else that of the read,
 *         with milliseconds.
 * Cost    One scan for the time, one pass to escape; nothing is allocated but
 *         by an output that grows.
 */
#ifndef RX_TAIL_RENDER_H
#define RX_TAIL_RENDER_H

#include <stdint.h>

#include "cmd/rx-tail/tail.h"
#include "lib/span.h"

struct piece {
	struct span text; /* without LF */
	uint64_t o, e;
	uint64_t f;
	bool fragment, last; /* f and fl */
	bool torn; /* nl is false */
	int64_t read_ns; /* wall clock */
	const struct rtime_found *when; /* who wrote it said so, or NULL */
	struct span tag; /* with when: the program, or nothing */
	struct span more; /* members, each after its comma */
};

void render_log(struct tail *, struct log *);

/* The bytes it wrote; 0 for a message of rx itself (own.h). */
size_t render_piece(
    struct tail *, struct log *, const char *src, const struct piece *);

/*
 * The line that rest begins with as a record, where lines are not asked for
 * their time and there are no marks: its length, or SIZE_MAX when nothing was
 * written because it is not one of the many that are short and not ours.
 */
#define RENDER_NEAR 4096
size_t render_line(
    struct tail *, struct log *, struct span rest, int64_t read_ns);

#endif
