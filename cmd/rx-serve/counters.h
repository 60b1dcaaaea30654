/* SPDX-License-Identifier: MIT */
/*
 * counters -- what rx-serve counts, as Prometheus text: for /metrics, and in
 *             the file of --stats.
 *
 * Shape   The connections, TLS where it is on, events where they are taken,
 *         each stream with its name in a label.
 * Source  lib/stats.h.
 */
#ifndef RX_SERVE_COUNTERS_H
#define RX_SERVE_COUNTERS_H

#include "cmd/rx-serve/stream.h"
#include "lib/buf.h"

/* path NULL: no file.  When all that counts is there, before confine(). */
void counters_init(const char *path, struct stream *const streams[STREAMS]);
void counters_render(struct buf *); /* with what all tools have */

#endif
