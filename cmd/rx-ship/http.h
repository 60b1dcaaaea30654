/* SPDX-License-Identifier: MIT */
/*
 * http -- deliver by HTTP POST: JSON records, batches, Loki.
 *
 * Steps   IDLE     nothing is under way; a request is made as soon as there is
 *                  a message (--linger waits for more, never past it)
 *         BUSY     a request is out
 *         HELD     the same request again at due_ms: the target serves nobody
 *         AUTH     the same request again when the token was renewed
 *         One request at a time; what arrives meanwhile is the next batch.
 * Repeat  A request whose result is not known is sent again as it was, with the
 *         same Idempotency-Key.  When two in a row were lost, its messages go
 *         one by one until one is accepted (PROTOCOL.md 11).
 * Split   A batch that was rejected for one of its records is tried in halves:
 *         at most 2 log2(n) + 2 requests for one record at fault, and never as
 *         many again as were just rejected.
 * Ends    A target that stands still says so, once for each reason.
 */
#ifndef RX_SHIP_HTTP_H
#define RX_SHIP_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/rx-ship/request.h"
#include "cmd/rx-ship/target.h"
#include "cmd/rx-ship/token.h"
#include "cmd/rx-ship/web.h"
#include "lib/diag.h"
#include "lib/url.h"

#define HTTP_RETRY_AFTER_MAX_S 600

enum http_step { HTTP_IDLE, HTTP_BUSY, HTTP_HELD, HTTP_AUTH };

struct http {
	struct target target;
	struct url url;
	struct web web;
	struct web_call call;
	struct token *token; /* NULL: none */
	struct request_form form;
	struct request request;
	enum http_step step;
	struct backoff backoff;
	int64_t now_ms;
	int64_t due_ms; /* HELD, AUTH */
	int64_t first_ms; /* IDLE: since when a message waits, 0: none does */
	/* The one at fault is before this, among so many; 0: none known. */
	uint64_t bad_behind;
	size_t suspects;
	unsigned lost_in_row;
	bool one_by_one;
	bool renewed; /* the token, for this request */
	uintmax_t version; /* of the token that it was sent with */
	uintmax_t token_failures; /* that were counted as the target's */
	bool nudged; /* by HUP */
	char base[URL_MAX]; /* scheme://host:port */
	char path[URL_MAX]; /* what form.path is made from */
	char tenant[192]; /* a header */
	struct buf basic; /* user and password as they travel: to be hidden */
	struct buf full; /* the URL of the request */
	struct buf headers; /* with the token */
	char why[512];
	char told[512]; /* the reason that was told last */
	char about[2 * URL_MAX + 64];
	struct diag_rate rejects, refusals;
};

extern const struct target_ops http_ops;

/* http.c: what was gathered goes out, with the token of now. */
void http_send(struct http *);

/* http_answer.c: the request has ended; or goes again, later. */
void http_answer(struct http *);
void http_hold(struct http *);

/* http_probe.c: the peer is asked, and nothing stored. */
int http_probe(struct target *);

#endif
