/* SPDX-License-Identifier: MIT */
/*
 * request -- the messages that travel in one HTTP request, and its bytes.
 *
 * Shape   request_gather() takes from the window what may go together: as many
 *         as the form allows, and only such as want the same path and headers.
 *         request_render() makes the body of them, also anew.  What was gathered stays in
 *         flight until request_forget(), however often it is sent: a repeat
 *         has the same bytes and the same Idempotency-Key.
 * Forms   REQUEST_JSON    one record, application/json
 *         REQUEST_NDJSON  lines, application/x-ndjson
 *         REQUEST_ARRAY   a JSON array, application/json
 *         REQUEST_LOKI    streams: loki.h
 * Key     Of one message its id, of several a digest of their ids; an id that
 *         no header can hold travels as its digest: request_key.c.
 * Owner   The struct owns its bytes.  messages are loans of the window, and so
 *         are the records among the parts of the body: they are not copied.
 * Limits  batch messages, bytes of bodies; one message always fits.
 * Errors  request_init, request_render: -1, out of memory.
 */
#ifndef RX_SHIP_REQUEST_H
#define RX_SHIP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-ship/template.h"
#include "cmd/rx-ship/window.h"
#include "lib/buf.h"
#include "lib/record.h"

#define REQUEST_HEADERS 16

enum request_body { REQUEST_JSON, REQUEST_NDJSON, REQUEST_ARRAY, REQUEST_LOKI };

struct loki;

/* What the command line chose. */
struct request_form {
	enum request_body body;
	size_t batch, bytes;
	bool gzip;
	struct template path; /* of the URL, with its query */
	struct template headers[REQUEST_HEADERS];
	size_t n_headers;
	struct loki *loki; /* REQUEST_LOKI */
};

struct request {
	struct message **messages;
	size_t n;
	struct span *parts; /* of the body, one after another */
	size_t n_parts;
	struct buf path; /* ends in NUL */
	struct buf headers; /* lines ending in NUL */
	/* private */
	const struct request_form *form;
	size_t own; /* bytes of headers that are of the form */
	struct record record;
	struct buf other; /* path and headers of the message looked at */
	struct buf body; /* where it is not the records as they are */
	struct buf packed;
	void *deflate; /* z_stream; NULL: not used yet */
};

int request_init(struct request *, const struct request_form *);
void request_release(struct request *);

/*
 * At most limit messages, none whose order is behind or past it (0: any).
 * False: there is none to send now.
 */
bool request_gather(struct request *, struct window *, int64_t now_ms,
    size_t limit, uint64_t behind);
int request_render(struct request *);
void request_forget(struct request *);

/* request_key.c: the header, behind the others; -1, out of memory. */
int request_add_key(struct request *);

#endif
