/* SPDX-License-Identifier: MIT */
/*
 * events -- the body of POST /log as records.
 *
 * Body    application/json: an object, or an array of objects.
 *         application/x-ndjson: an object a line; empty lines are passed over.
 *         All of it is good, or none of it is taken.
 * Record  The event's members as they came, in one line, behind an _rx with its
 *         id if ids are asked for, and before those of these it lacks:
 *         timestamp (now), node_id, request_id, traceparent.  An _rx of the
 *         event is renamed to rx_ (PROTOCOL.md R6).  What is no UTF-8 becomes
 *         U+FFFD.  Both are counted.
 * Id      NAME:ID when the client gave one, by the member id_member or as
 *         key.N, N from 0; NAME is that of its credential, so that nobody can
 *         take the id of another's event.  Else a random one.
 * Limits  EVENT_MAX bytes a record, EVENTS_MAX records; depth as rx-record(5).
 * Owner   Reused from body to body; what it holds lives until the next.
 * Errors  400, 413 or 503, and why with the place.
 */
#ifndef RX_SERVE_EVENTS_H
#define RX_SERVE_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/record.h"
#include "lib/span.h"

#define EVENT_MAX (RECORD_MAX - 64 * 1024) /* stages behind add members */
#define EVENTS_MAX 100000
#define EVENT_ID 128 /* of a client */
#define EVENTS_WHY 160

struct events_about {
	const char *node_id;
	const char *id_member; /* NULL: none */
	const char *name; /* of the credential */
	struct span key, request_id, traceparent; /* empty: none */
	bool ids;
	bool lines; /* application/x-ndjson */
};

struct events {
	uint64_t renamed, replaced; /* since ever */
	struct buf records; /* a line each */
	uint64_t *hashes; /* of the ids */
	size_t n;
	char why[EVENTS_WHY];
	/* private */
	size_t size;
	uint64_t seed;
	struct record record;
	struct buf clean, id;
	char life[32];
	uint64_t given;
};

void events_init(struct events *);
int events_read(struct events *, struct span body, const struct events_about *);
uint64_t events_hash(const struct events *, struct span id);

#endif
