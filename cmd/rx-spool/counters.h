/* SPDX-License-Identifier: MIT */
/*
 * counters -- what a process of rx-spool did, for --stats FILE (lib/stats.h).
 *
 * Balance  push: taken = stored + replayed + refused + held, at any moment.
 *          What becomes of the stored ones tells the lane: rx-spool stat.
 */
#ifndef RX_SPOOL_COUNTERS_H
#define RX_SPOOL_COUNTERS_H

#include "cmd/rx-spool/emit.h"
#include "cmd/rx-spool/push.h"

/* Either may be NULL; before spool_confine(). */
void counters_to(const char *path, const struct push *, const struct emit *);

#endif
