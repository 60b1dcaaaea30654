/* SPDX-License-Identifier: MIT */
/*
 * log -- the paths that are followed, and which of them have something to do.
 *
 * Owner   log_new() to log_free(), which takes its sources along.
 * Due     A log that is due gets a turn; log_due() is cheap and idempotent.
 */
#ifndef RX_TAIL_LOG_H
#define RX_TAIL_LOG_H

#include "cmd/rx-tail/tail.h"

struct log *log_new(struct tail *, const char *path, bool named);
struct log *log_find(struct tail *, const char *path);
void log_free(struct tail *, struct log *);

/* look: its path may lead elsewhere by now. */
void log_due(struct tail *, struct log *, bool look);

/* The log that path looks like a rotation of, NULL when there is none. */
struct log *log_of_rotation(struct tail *, const char *path);

struct source *log_live(struct log *);

/* What a line of it says of its time, or what its runtime does. */
bool log_tells(struct log *, struct span line, int64_t now_ns, int64_t *ns);

/* Is name, beside a log called base, what a rotation may have made of it? */
bool is_rotation(const char *base, const char *name);

#endif
