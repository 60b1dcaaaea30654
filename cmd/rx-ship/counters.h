/* SPDX-License-Identifier: MIT */
/*
 * counters -- what rx-ship tells in --stats FILE.  Listed in rx-ship(1).
 */
#ifndef RX_SHIP_COUNTERS_H
#define RX_SHIP_COUNTERS_H

#include "cmd/rx-ship/target.h"
#include "lib/buf.h"

void counters_render(void *target, struct buf *); /* for stats_to() */

#endif
