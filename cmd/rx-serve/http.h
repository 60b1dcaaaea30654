/*
 * http -- what is answered to a request that is no stream.
 *
 * Shape   A whole response, head and body, in one buffer; the connection ends
 *         behind it.
 * Shields On every response: no sniffing, no framing, no referrer, no foreign
 *         resource, no inline script or style; no CORS header at all.
 * Limits  Nothing of a request is repeated in a response but the Host that
 *         access_host() allowed.
 * Source  RFC 9110; CSP level 3.
 */
#ifndef RX_SERVE_HTTP_H
#define RX_SERVE_HTTP_H

#include "cmd/rx-serve/request.h"
#include "lib/buf.h"

struct http_service {
	const char *name, *node_id;
};

/* The dashboard, /static/ and /health; anything else is refused. */
void http_answer(
    struct buf *, const struct request *, const struct http_service *);

/* A refusal, in plain text.  extra: more header lines, or "". */
void http_refuse(struct buf *, int status, const char *why, const char *extra);

/* What HEAD gets: the response without its body. */
void http_only_head(struct buf *);

/* The 101 that makes a connection a WebSocket; accept of ws_accept(). */
void http_switch(struct buf *, const char *accept);

#endif
