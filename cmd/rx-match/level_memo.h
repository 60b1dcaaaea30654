/* SPDX-License-Identifier: MIT */
/*
 * level_memo -- the levels of lines that began like this one.
 *
 * Shape   A log is written by few programs, each of which puts its level behind
 *         what differs in digits alone: times, numbers of processes.  The heads
 *         of a few lines are kept, each as far as its level depends on it; a
 *         line that is the same there, or has digits for digits, has its level.
 * Limits  Heads of LANES to MEMO_HEAD bytes.
 * Owner   One set a process.
 */
#ifndef RX_LEVEL_MEMO_H
#define RX_LEVEL_MEMO_H

#include <stddef.h>

#include "lib/span.h"

#include "severity.h"

enum severity level_memo_find(struct span text); /* or SEVERITY_NONE */
void level_memo_keep(struct span head, enum severity);

#endif
