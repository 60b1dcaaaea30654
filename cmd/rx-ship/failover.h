/* SPDX-License-Identifier: MIT */
/*
 * failover -- several targets in order of preference, one of them at work.
 *
 * Shape   The first is used as long as it can be reached.  When the one at
 *         work fails, what it held is taken back and the next is tried at
 *         once; behind the last comes the first again, after its backoff.
 *         One that works is kept until it fails.
 * Says    Which one is at work, whenever that changes; the targets say why
 *         themselves.
 * Once    With --once every target is tried once.
 * Owner   The struct owns the targets.
 */
#ifndef RX_SHIP_FAILOVER_H
#define RX_SHIP_FAILOVER_H

#include <stddef.h>

#include "cmd/rx-ship/target.h"

#define FAILOVER_MAX 8

/* NULL with errno; the targets are then still the caller's. */
struct target *failover_new(
    struct target **, size_t n, const struct settings *);

#endif
