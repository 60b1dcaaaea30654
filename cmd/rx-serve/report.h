/* SPDX-License-Identifier: MIT */
/*
 * report -- what rx-serve tells about itself and the stages of this host:
 *           /status, /ready, /metrics.
 *
 * Status  JSON for people and programs: the service, its connections and
 *         streams, and every sample of every stage.
 * Ready   200 when all is there that was asked for: no stage is stale, no
 *         command that is wanted waits to be started again; else 503, with the
 *         same body, which tells what is not.
 * Metrics Prometheus text: rx-serve's own, and those of the stages, each
 *         with the label stage.  A family is told once.  A stage rx-serve among
 *         the files is left out: its counters are there, and newer.
 * Source  Prometheus text exposition format 0.0.4.
 */
#ifndef RX_SERVE_REPORT_H
#define RX_SERVE_REPORT_H

#include "cmd/rx-serve/exchange.h"

/* NULL: none.  Dies with EX_CONFIG when it cannot be read. */
void report_init(const char *stages_dir);

void report_status(struct buf *out, const struct exchange_about *);
void report_ready(struct buf *out, const struct exchange_about *);
void report_metrics(struct buf *out);

#endif
