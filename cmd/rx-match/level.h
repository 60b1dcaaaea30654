/* SPDX-License-Identifier: MIT */
/*
 * level -- the level that a line declares, if it does.
 *
 * Shape   level_declared() looks for a level where loggers put one, in the
 *         spellings that rx-match(1) lists; the first in the line counts, a
 *         syslog priority only when there is no other.  It knows formats, not
 *         programs.
 * Limits  Words are looked for in the first LEVEL_HEAD bytes, keys in all.
 */
#ifndef RX_LEVEL_H
#define RX_LEVEL_H

#include <stdbool.h>

#include "lib/outbuf.h"
#include "lib/span.h"

#include "severity.h"

#define LEVEL_HEAD 256

/* Or SEVERITY_NONE.  by_digits: with other digits it might be another. */
enum severity level_declared(struct span text, bool *by_digits);
enum severity level_word(struct span); /* "Warning" to warn, or NONE */
enum severity level_number(unsigned long); /* syslog's or a JSON logger's */
void level_list(struct outbuf *); /* for --list */

#endif
