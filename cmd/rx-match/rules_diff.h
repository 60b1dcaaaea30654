/* SPDX-License-Identifier: MIT */
/*
 * rules_diff -- --diff: where another file of rules makes something else of the
 *               records than that of -f does.
 *
 * Shape   In place of the records, one JSON object for each of which the two
 *         differ, with the members of rx-match(1), DIFFERENCES.  They differ in
 *         what is written for the record, not in which rule says so.
 * Use     The step of the rules hands each record to diff_take(), with the
 *         rules of -f; both files see the record as it came to them.
 * Errors  diff_start() dies: EX_USAGE, EX_CONFIG.
 */
#ifndef RX_MATCH_RULES_DIFF_H
#define RX_MATCH_RULES_DIFF_H

#include <stdbool.h>

#include "item.h"
#include "rules_ask.h"

struct job;

void diff_option(const char *path);
bool diff_asked(void);
void diff_start(struct job *);
bool diff_take(struct job *, struct ask *, struct item *); /* differs */
void diff_finish(void);

#endif
