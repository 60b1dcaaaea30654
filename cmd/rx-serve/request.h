/* SPDX-License-Identifier: MIT */
/*
 * request -- the head of an HTTP/1 request, judged before anything follows
 *            from it.
 *
 * Shape   request_head() looks for the end of a head in the bytes read so far.
 *         request_parse() then reads it.  Spans are loans of those bytes.
 * Strict  One meaning or none (SEC-07): CRLF line ends only; no NUL, bare CR
 *         or LF, folded line, blank before the colon; the target starts with
 *         "/"; Host exactly once; no field twice that may come once;
 *         Content-Length of digits only and never with Transfer-Encoding.
 * Body    Only POST may have one; its length is told by Content-Length.
 * Limits  REQUEST_MAX bytes, REQUEST_FIELDS fields.
 * Errors  An HTTP status, and why in a few words.
 * Source  RFC 9110, RFC 9112, RFC 6455 section 4.
 */
#ifndef RX_SERVE_REQUEST_H
#define RX_SERVE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/span.h"

#define REQUEST_MAX (8 * 1024)
#define REQUEST_FIELDS 64

enum method {
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_OPTIONS,
	METHOD_OTHER
};

struct request {
	enum method method;
	struct span path; /* as sent, escapes and all */
	struct span query; /* behind the "?" */
	struct span host, origin;
	struct span authorization, api_key; /* a credential, in either form */
	struct span content_type, range;
	struct span request_id, traceparent, idempotency_key; /* empty: none */
	struct span ws_key, ws_version, ws_protocol;
	uint64_t length; /* of the body */
	bool has_query, has_origin, has_authorization, has_api_key;
	bool asks_method; /* Access-Control-Request-Method is there */
	bool foreign; /* Sec-Fetch-Site says that another site asks */
	bool has_length, has_range;
	bool closes; /* the connection ends behind it */
	bool expects; /* the client waits for 100 (Continue) */
	bool wants_ws; /* Upgrade: websocket and Connection: upgrade */
	const char *why;
};

/* The length of the head at the start of bytes, 0: more is needed. */
size_t request_head(struct span bytes);

/* Could bytes still become a head?  0, or the status to refuse it with. */
int request_doubt(struct span bytes, const char **why);

int request_parse(struct request *, struct span head); /* 0, or a status */

/* The next item of a list with commas, trimmed; *rest goes behind it. */
struct span request_item(struct span *rest);

/* Equal but for the case of ASCII letters? */
bool request_word_is(struct span, const char *word);

#endif
