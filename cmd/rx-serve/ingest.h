/* SPDX-License-Identifier: MIT */
/*
 * ingest -- POST /log: events from the network, as records to a command that
 *           stores them, or to standard output.
 *
 * Durable With a command (rx-spool push --outcomes, or what answers as it does)
 *         an event has been taken when its outcome says ok: then comes 202.
 *         All requests share the pipe, so what is there together is stored
 *         together.  INGEST_PATIENCE_MS without an outcome is 503: the event
 *         may be stored all the same, and is stored once when it is sent again
 *         with an id of its own.
 *         A command that ends takes what it had not answered with it: 503.
 * At once Without one 202 says that the record is on its way to standard
 *         output.  When nobody reads there any more the process ends.
 * Answers 202 and how many; 400, 413 with the place; 422 refused by the command;
 *         429 beyond the rate, of the credential or the address; 503 for now,
 *         with Retry-After.  Connections stay open after 202.
 * Limits  SINK_BYTES that nobody has read yet, INGEST_WAITING events without an
 *         outcome: beyond is 503.
 * Source  PROTOCOL.md 11 (outcomes); W3C Trace Context (traceparent).
 */
#ifndef RX_SERVE_INGEST_H
#define RX_SERVE_INGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-serve/exchange.h"

#define INGEST_PATIENCE_MS 5000
#define INGEST_WAITING 262144
#define INGEST_BODY (1024 * 1024)
#define INGEST_STEPS 11

struct ingest_about {
	bool on;
	int command; /* its number, -1: standard output */
	const char *id_member; /* NULL: none */
	const char *node_id;
	uint64_t a_minute; /* events of one credential or address, 0: any */
};

struct ingest_counts {
	uint64_t requests, events; /* taken */
	uint64_t limited, unavailable, refused; /* requests not taken */
	uint64_t renamed, replaced;
	uint64_t unasked; /* outcomes of what nobody waits for */
	uint64_t waiting; /* events */
	/* From the whole request to its 202: how many took up to so long. */
	uint64_t took[INGEST_STEPS + 1];
	uint64_t took_ms;
};

/* After commands_open(); dies when standard output is none. */
void ingest_init(const struct ingest_about *);
bool ingest_is_on(void);
const char *ingest_fails(void); /* why it takes nothing now, or NULL */
const struct ingest_counts *ingest_counts(void);
void ingest_stats(struct buf *); /* as lib/stats.h has it */
void ingest_took(struct ingest_counts *, int64_t ms); /* another one */

void ingest_answer(struct exchange *);
void ingest_leave(struct exchange *); /* nobody waits for it any more */

/* No more is taken; true: nothing is on its way. */
bool ingest_end(void);

#endif
