/* SPDX-License-Identifier: MIT */
/*
 * exchange -- one request: what it asks for, whether it may, the answer.
 *
 * Shape   exchange_begin() judges the head.  Then the exchange is over, or
 *         wants_body says that the body must come before exchange_answer(),
 *         or stream says what the connection becomes.  When
 *         exchange_waits() the answer comes later: done tells.
 * Order   Framing, Host, Origin, route, method, credential, scope, content
 *         type, length: what comes first refuses first, before any effect.
 * Names   Every path of the table is also there below /v1.
 * Errors  A refusal, never the end of the process.
 */
#ifndef RX_SERVE_EXCHANGE_H
#define RX_SERVE_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cmd/rx-serve/access.h"
#include "cmd/rx-serve/http.h"
#include "cmd/rx-serve/request.h"
#include "cmd/rx-serve/stream.h"
#include "cmd/rx-serve/stream_wish.h"
#include "cmd/rx-serve/ticket.h"
#include "lib/buf.h"

/* Which port it came in by. */
enum exchange_port { PORT_CONTROL, PORT_LOGS, PORT_TELEMETRY };

struct exchange_about {
	uint16_t ports[ACCESS_PORTS]; /* 0: not open */
	struct http_service service;
	struct stream *streams[STREAMS]; /* NULL: there is no command */
	size_t max_body; /* of events */
};

/* A part of a file that goes out behind what is in out. */
struct file_body {
	int fd;
	off_t at;
	uint64_t left; /* 0: there is none, and fd is nobody's */
};

struct exchange {
	struct request request;
	struct span body;
	struct access_end end;
	const char *cors; /* the page that may read the answer, NULL: none */
	enum exchange_port port;
	struct buf *out; /* the answer */
	struct grant grant;
	struct http_refusal refusal;
	bool wants_body;
	bool lines; /* the body is one of lines */
	bool keeps; /* the connection stays behind the answer */
	/* One of them: done comes when there is an answer. */
	struct ingest_wait *wait;
	struct history_job *history;
	void (*done)(struct exchange *);
	struct stream *stream;
	struct file_body file; /* follows the answer */
	const struct stream_wish *wish; /* until the next exchange_begin() */
	/* private */
	const struct exchange_route *route;
};

void exchange_init(const struct exchange_about *);
void exchange_begin(struct exchange *, struct span head);
void exchange_answer(struct exchange *); /* head is still there, and body */

bool exchange_waits(const struct exchange *);
void exchange_leave(struct exchange *); /* it will not be answered */

/* For who answers: refuse.  extra and why live longer than the exchange. */
void exchange_refuse(struct exchange *, int status, const char *why);

#endif
