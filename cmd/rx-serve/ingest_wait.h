/* SPDX-License-Identifier: MIT */
/*
 * ingest_wait -- requests whose events have no outcome yet.
 *
 * Shape   ingest_wait_new() has room for n events; ingest_wait_begin() files
 *         each under the hash of its id.  ingest_wait_outcome() settles one;
 *         with the last of a request, or when its time is over, the request is
 *         over: done gets its exchange, which waits for nothing any more, and
 *         what became of it.
 * Status  0 when all went well, else the worst of its outcomes: 422 or 503.
 * Limits  Those of ingest.h: INGEST_PATIENCE_MS, INGEST_WAITING events.
 * Owner   Who made a wait frees it, until ingest_wait_begin().
 */
#ifndef RX_SERVE_INGEST_WAIT_H
#define RX_SERVE_INGEST_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-serve/exchange.h"
#include "lib/span.h"

struct ingest_wait;

struct ingest_over {
	int status;
	size_t n; /* events */
	int64_t took_ms;
	struct span request_id; /* until done returns */
};

void ingest_wait_init(void (*done)(struct exchange *, struct ingest_over *));

/* NULL: memory is out, or too many events wait. */
struct ingest_wait *ingest_wait_new(size_t n, struct span request_id);
void ingest_wait_begin(
    struct ingest_wait *, struct exchange *, const uint64_t hashes[]);

/* false: nobody waits for such an event. */
bool ingest_wait_outcome(uint64_t hash, int status);
void ingest_wait_fail_all(void);
void ingest_wait_expire(void);
size_t ingest_waiting(void); /* events */

#endif
