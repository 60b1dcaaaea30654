/* SPDX-License-Identifier: MIT */
/*
 * redact -- hide secrets: --redact and --redact-member.
 *
 * Shape   What a row of a set (redact_sets.h), or a pattern that was given,
 *         matches in the decoded text of a string becomes [redacted:NAME]; a
 *         member whose name says that it holds a secret is hidden whole, and a
 *         number that a set matches becomes such a string.  All other bytes
 *         stay as they came, and what was JSON stays JSON.
 * Where   In all values of the record and of what was set in it, nested ones
 *         too, or only in the named members.  Never in names and in _rx.
 * Closed  A text on which a pattern reaches its bound is hidden whole.  A
 *         record that would outgrow RECORD_MAX gets * for [redacted:NAME],
 *         and 0 for a number.
 * Step    Comes behind what looks at the content and before what copies it;
 *         who writes a record elsewhere calls redact_item() first.
 * Owner   redact_start() to redact_finish() once a process.
 * Errors  What is wrong with an argument, or NULL.
 * Cost    Nothing is allocated once the widest record was seen.
 */
#ifndef RX_MATCH_REDACT_H
#define RX_MATCH_REDACT_H

#include "item.h"
#include "steps.h"

/* "all", names of sets with commas between them, or NAME=REGEX. */
const char *redact_option(const char *what);
const char *redact_member_option(const char *name);

/* The item, its text too, without secrets; again is allowed. */
void redact_item(struct job *, struct item *);

extern const struct step redact_step;

#endif
