/*
 * patterns -- what was asked for, as logs.
 *
 * Shape   patterns_walk() makes a log of every path that a pattern names and
 *         nobody follows yet, and has the watch look at every directory that
 *         may bring more.  A path whose name looks like a rotation of a log
 *         joins the chain of that log.
 * Limits  --max-files: at the start too many are fatal, later they are left
 *         out with a warning until there is room.
 */
#ifndef RX_TAIL_PATTERNS_H
#define RX_TAIL_PATTERNS_H

#include <stdbool.h>

#include "cmd/rx-tail/tail.h"

void patterns_add(struct tail *, const char *text);
void patterns_walk(struct tail *);
bool patterns_match(const struct tail *, const char *path);

#endif
