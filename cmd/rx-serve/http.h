/* SPDX-License-Identifier: MIT */
/*
 * http -- what is answered to a request that is no stream.
 *
 * Shape   A whole response, head and body, in one buffer; the connection ends
 *         behind it.
 * Shields On every response: no sniffing, no framing, no referrer, no foreign
 *         resource, no inline script or style; no CORS header but those of
 *         http_allow_origin().
 * Limits  Nothing of a request is repeated in a response but the Host that
 *         access_host() allowed.
 * Source  RFC 9110; CSP level 3.
 */
#ifndef RX_SERVE_HTTP_H
#define RX_SERVE_HTTP_H

#include "cmd/rx-serve/request.h"
#include "cmd/rx-serve/web.h"
#include "lib/buf.h"

struct http_service {
	const char *name, *node_id;
	const char *version; /* of the service, NULL: it is rx-serve itself */
};

struct http_refusal {
	int status; /* 0: none */
	const char *why;
	const char *extra; /* more header lines, NULL: none */
	unsigned retry_s; /* Retry-After, 0: none */
};

void http_health(struct buf *, const struct http_service *);
void http_file(struct buf *, const struct web_file *, struct span host);
void http_body(
    struct buf *, int status, const char *type, const struct buf *body);
void http_json(struct buf *, int status, const struct buf *body);

/* The connection stays; id: X-Request-Id. */
void http_kept(
    struct buf *, int status, struct span id, const struct buf *body);

/* The head of n bytes from first on, of a file of size; they follow. */
void http_part(
    struct buf *, bool is_range, uint64_t first, uint64_t n, uint64_t size);
void http_no_range(struct buf *, uint64_t size);

/* In plain text. */
void http_refuse(struct buf *, const struct http_refusal *);

/* A page of this origin may read the response, which is there already. */
void http_allow_origin(struct buf *, const char *origin);

/* What it asks before it asks: which requests it may make. */
void http_preflight(struct buf *);

/* The client may send its body. */
void http_continue(struct buf *);

/* What HEAD gets: the response without its body. */
void http_only_head(struct buf *);

/* The 101 that makes a connection a WebSocket; accept of ws_accept().
 * protocol: the one agreed on, NULL: none. */
void http_switch(struct buf *, const char *accept, const char *protocol);

#endif
