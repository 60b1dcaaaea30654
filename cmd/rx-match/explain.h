/* SPDX-License-Identifier: MIT */
/*
 * explain -- --explain: in place of each record, why it is kept or not.
 *
 * Shape   One JSON object for each record of the input, kept or not, with the
 *         members of rx-match(1), EXPLAIN.  Steps that have more to say add
 *         members to explain_more(), each with a comma before it.
 * Places  start and end are offsets in bytes of the text that was searched.
 * Owner   One record at a time: explain_start(), …, explain_end().
 */
#ifndef RX_MATCH_EXPLAIN_H
#define RX_MATCH_EXPLAIN_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/rex.h"
#include "lib/span.h"

#include "item.h"

struct job;

/* {"line":…,"file":… of where a record stands, without a closing brace. */
void explain_place(struct job *, const struct item *, struct buf *);

void explain_start(struct job *, struct item *);
struct buf *explain_more(void);
void explain_out(struct item *, const char *step); /* took the record out */
void explain_end(struct job *, struct item *, bool kept);

/* ,"start":…,"end":…,"text":"…" */
void explain_hit(struct buf *, struct span text, const struct rex_hit *);

#endif
