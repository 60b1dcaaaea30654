/* SPDX-License-Identifier: MIT */
/*
 * view -- a record as a person at a terminal reads it: one line of
 *         TIME SEVERITY NAME: TEXT.
 *
 * Shape   NAME is the member label, else application, else log_path.  What a
 *         record lacks is left out.  No width is imposed: lines are whole.
 * Safe    Whatever the record holds, no control character reaches the
 *         terminal but its own colours and newline: bytes that are no UTF-8
 *         and control characters, those that turn the direction of text among
 *         them, are shown as \\xHH or \\u{HHHH}; a tab stays.
 * Source  ECMA-48 8.3.117 (SGR); Unicode TR 36 for the directions;
 *         https://no-color.org.
 */
#ifndef RX_VIEW_H
#define RX_VIEW_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/rex.h"
#include "lib/span.h"

#include "severity.h"

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

struct view {
	struct span time, name, text;
	enum severity severity;
	bool coloured;
	struct rex *rex; /* whose matches in the text have a colour, or NULL */
};

/* Appends a line without its newline. */
void view_render(struct buf *, const struct view *);

/* auto: stdout is a terminal that knows colours, and NO_COLOR is not set. */
bool view_coloured(enum colour, bool terminal);

#endif
