/* SPDX-License-Identifier: MIT */
/*
 * patterns -- what was asked for, as logs.
 *
 * Shape   patterns_walk() makes a log of every path that a pattern names and
 *         nobody follows yet, and has the watch look at every directory that
 *         may bring more.  A path whose name looks like a rotation of a log
 *         joins the chain of that log.
 * Label   NAME=FILE gives what FILE names the label NAME.  A NAME is letters,
 *         digits, "_", "." and "-"; a file whose whole name looks so is meant
 *         where it exists, and always as ./NAME=FILE.
 * Limits  --max-files: at the start too many are fatal, later they are left
 *         out with a warning until there is room.
 */
#ifndef RX_TAIL_PATTERNS_H
#define RX_TAIL_PATTERNS_H

#include <stdbool.h>

#include "cmd/rx-tail/tail.h"

/* Behind Docker's directory containers: its pattern has FORMAT_DOCKER. */
#define PATTERNS_DOCKER "/*/*-json.*[gz0-9]"

void patterns_add(struct tail *, const char *text, enum format, bool config);
void patterns_put(struct tail *, const struct pattern *); /* it is taken over */
void patterns_free(struct pattern *, size_t n);
void patterns_walk(struct tail *);

/* That of the first pattern which has one and names path, or NULL. */
const char *patterns_label(const struct tail *, const char *path);
bool patterns_match(const struct tail *, const char *path);
/* For links_begin(): the bytes of the path that no wildcard stands for. */
size_t patterns_given(const void *tail, const char *path);

/* Of the first pattern that says one. */
enum format patterns_format(const struct tail *, const char *path);

#endif
