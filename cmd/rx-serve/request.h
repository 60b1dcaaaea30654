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
 * Limits  REQUEST_MAX bytes, REQUEST_FIELDS fields.  No request takes a body.
 * Errors  An HTTP status, and why in a few words.
 * Source  RFC 9110, RFC 9112, RFC 6455 section 4.
 */
#ifndef RX_SERVE_REQUEST_H
#define RX_SERVE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/span.h"

#define REQUEST_MAX (8 * 1024)
#define REQUEST_FIELDS 64

enum method { METHOD_GET, METHOD_HEAD, METHOD_OTHER };

struct request {
	enum method method;
	struct span path; /* as sent, escapes and all */
	struct span query; /* behind the "?" */
	struct span host, origin;
	struct span ws_key, ws_version;
	bool has_query, has_origin;
	bool wants_ws; /* Upgrade: websocket and Connection: upgrade */
	const char *why;
};

/* The length of the head at the start of bytes, 0: more is needed. */
size_t request_head(struct span bytes);

/* Could bytes still become a head?  0, or the status to refuse it with. */
int request_doubt(struct span bytes, const char **why);

int request_parse(struct request *, struct span head); /* 0, or a status */

#endif
