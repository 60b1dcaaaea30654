/* SPDX-License-Identifier: MIT */
/* What happened, for USR1 and --stats: see lib/stats.h. */
#ifndef RX_ALERT_COUNTERS_H
#define RX_ALERT_COUNTERS_H

#include "cmd/rx-alert/engine.h"

void counters_status(void *engine);
void counters_render(void *engine, struct buf *);

#endif
