/* SPDX-License-Identifier: MIT */
/*
 * template -- text with {member} in it, filled from a record.
 *
 * Shape   "/logs/{application}" names top-level members.  A string is put in
 *         as its text, a number, true or false as written; anything else, or
 *         a member that is not there, as "-".  "{{" and "}}" are braces.
 * Escapes TEMPLATE_PATH percent-encodes all but unreserved characters, so that
 *         a value stays within its segment, and turns "." and ".." into "-".
 *         TEMPLATE_HEADER and TEMPLATE_NAME drop control characters, so that
 *         no value starts a header of its own.
 * Limits  TEMPLATE_PARTS members; what one member gives is cut at
 *         TEMPLATE_VALUE bytes.
 * Owner   The struct borrows the text it was made from.
 * Errors  template_parse: -1 and *why.
 * Source  RFC 3986 section 2.3, RFC 9110 section 5.5.
 */
#ifndef RX_SHIP_TEMPLATE_H
#define RX_SHIP_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/record.h"
#include "lib/span.h"

#define TEMPLATE_PARTS 16
#define TEMPLATE_VALUE 1024

enum template_escape { TEMPLATE_PATH, TEMPLATE_HEADER, TEMPLATE_NAME };

struct template
{
	bool varies; /* it names a member */
	/* private */
	enum template_escape escape;
	size_t n;
	struct template_part {
		struct span text;
		char member[64]; /* after the text; "": none */
	} parts[TEMPLATE_PARTS];
};

int template_parse(struct template *, const char *text, enum template_escape,
    const char **why);

/* Appends; the record may be NULL when nothing varies. */
void template_fill(const struct template *, struct record *, struct buf *);

#endif
