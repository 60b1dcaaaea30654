/* SPDX-License-Identifier: MIT */
/*
 * multiline -- which lines belong to the record before them.
 *
 * Shape   start=REGEX     a line that matches begins a record, which goes on to
 *                         the next one that does; what stands before the first
 *                         is single
 *         continue=REGEX  a line that matches belongs to the line before it
 *         indent          so does one that begins with a blank or a tab, and
 *                         what Java, Python and Go write at the left margin
 *                         inside a stack trace
 *         Of a line that came in pieces the first piece counts.
 * Owner   One for the process; struct trace belongs to a record in the making.
 * Limits  As lib/rex.h has them: a pattern that is given up did not match.
 */
#ifndef RX_TAIL_MULTILINE_H
#define RX_TAIL_MULTILINE_H

#include <stdbool.h>

#include "lib/rex.h"
#include "lib/span.h"

struct multiline;

/* Where in a stack trace a record is. */
struct trace {
	enum {
		TRACE_NONE,
		TRACE_PYTHON, /* the header was seen */
		TRACE_FRAMES, /* and indented lines */
		TRACE_RAISED, /* and the exception: another may follow */
		TRACE_GO
	} state;
};

/* NULL: why tells. */
struct multiline *multiline_new(const char *how, char why[REX_WHY]);

/* A record begins; true: lines after it may belong to it.  NULL is allowed. */
bool multiline_begin(struct multiline *, struct trace *, struct span line);
bool multiline_continues(struct multiline *, struct trace *, struct span line);

#endif
