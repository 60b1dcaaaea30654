/* SPDX-License-Identifier: MIT */
/*
 * flatten -- records of the nested form to records of the flat form.
 *
 * Shape   The values as they stand in the record, null for what it has not;
 *         the uptime loses its fraction.  The same sample gives the same bytes
 *         as --flat does.
 * Marked  A control record passes as it is, and _rx stays in front.
 * Errors  -1: no sample (rx-record(5)); nothing was appended, why tells it.
 */
#ifndef RX_METRICS_FLATTEN_H
#define RX_METRICS_FLATTEN_H

#include "lib/buf.h"
#include "lib/record.h"
#include "lib/span.h"

struct flatten {
	const char *why;
	/* private */
	struct record record;
	struct buf scratch;
};

void flatten_init(struct flatten *);
int flatten_line(struct flatten *, struct span line, struct buf *to);
void flatten_release(struct flatten *);

#endif
