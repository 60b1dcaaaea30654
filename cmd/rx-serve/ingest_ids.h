/* SPDX-License-Identifier: MIT */
/*
 * ingest_ids -- the ids that a request brings for its events.
 *
 * Shape   The value of a header as it came, or empty when it is not of letters
 *         that may stand in JSON and in a header as they are.
 * Limits  EVENT_ID bytes.
 * Source  W3C Trace Context: 00-TRACE-SPAN-FLAGS.
 */
#ifndef RX_SERVE_INGEST_IDS_H
#define RX_SERVE_INGEST_IDS_H

#include "lib/span.h"

struct span ingest_id(struct span); /* X-Request-Id, Idempotency-Key */
struct span ingest_trace(struct span); /* traceparent */

#endif
