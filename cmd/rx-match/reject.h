/* SPDX-License-Identifier: MIT */
/*
 * reject -- where records go that a step refuses: --reject FILE.
 *
 * Shape   A line of JSON for each: the record with the member rejected, an
 *         object: by (the step), member (a JSON pointer, if it is about one)
 *         and why.  A line that is no record becomes one with the member
 *         log_line.  Secrets are hidden there too (redact.h).
 * Order   What was refused is in the file, and on disk, before a control
 *         record that covers it passes: so nothing is lost by kill -9, and
 *         what is read again then may be in the file twice.
 * Opened  Behind --check, before privileges are given up; appended to, made
 *         with mode 0640.
 * Errors  A file that cannot be opened or written ends the process: EX_IOERR,
 *         EX_NOPERM.
 */
#ifndef RX_MATCH_REJECT_H
#define RX_MATCH_REJECT_H

#include <stdbool.h>

#include "item.h"
#include "lib/span.h"

struct job;

void reject_option(const char *path);
bool reject_asked(void);
void reject_open(void);

void reject_item(struct job *, struct item *, const char *by);
void reject_line(struct job *, struct span line, const char *why);
void reject_flush(void);
void reject_settle(void); /* before a control record */
void reject_close(void);

#endif
