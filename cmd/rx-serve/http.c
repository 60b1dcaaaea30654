/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/http.h"

#include <inttypes.h>
#include <string.h>

#include "cmd/rx-serve/tls.h"
#include "lib/jstr.h"

#define SHIELDS \
	"X-Content-Type-Options: nosniff\r\n" \
	"X-Frame-Options: DENY\r\n" \
	"Referrer-Policy: no-referrer\r\n" \
	"Cross-Origin-Resource-Policy: same-origin\r\n" \
	"Cross-Origin-Opener-Policy: same-origin\r\n"

static const char *
reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = { { 200, "OK" }, { 202, "Accepted" },
		{ 206, "Partial Content" }, { 400, "Bad Request" },
		{ 401, "Unauthorized" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 405, "Method Not Allowed" },
		{ 408, "Request Timeout" }, { 409, "Conflict" },
		{ 411, "Length Required" }, { 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 416, "Range Not Satisfiable" }, { 417, "Expectation Failed" },
		{ 422, "Unprocessable Content" },
		{ 421, "Misdirected Request" }, { 426, "Upgrade Required" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 501, "Not Implemented" }, { 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" } };

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

static void
add_head(
    struct buf *dst, int status, const char *type, size_t len, const char *keep)
{
	buf_addf(dst,
	    "HTTP/1.1 %d %s\r\n"
	    "Content-Type: %s\r\n"
	    "Content-Length: %zu\r\n"
	    "Cache-Control: %s\r\n"
	    "Connection: close\r\n" SHIELDS,
	    status, reason(status), type, len, keep);
}

/* Some browsers do not count ws: of the same host as 'self'. */
static void
add_policy(struct buf *dst, struct span host)
{
	buf_addf(dst,
	    "Content-Security-Policy: default-src 'none'; script-src 'self'; "
	    "style-src 'self'; img-src 'self'; connect-src 'self' ws%s://%.*s; "
	    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
	    "require-trusted-types-for 'script'\r\n",
	    tls_is_on() ? "s" : "", (int)host.len, host.at);
}

void
http_body(struct buf *dst, int status, const char *type, const struct buf *body)
{
	add_head(dst, status, type, body->len, "no-store");
	buf_adds(dst, "\r\n");
	buf_add(dst, buf_span(body));
	dst->failed = dst->failed || body->failed;
}

void
http_kept(struct buf *dst, int status, struct span id, const struct buf *body)
{
	buf_addf(dst,
	    "HTTP/1.1 %d %s\r\n"
	    "Content-Type: application/json\r\n"
	    "Content-Length: %zu\r\n"
	    "Cache-Control: no-store\r\n"
	    "X-Request-Id: %.*s\r\n" SHIELDS "\r\n",
	    status, reason(status), body->len, (int)id.len, id.at);
	buf_add(dst, buf_span(body));
	dst->failed = dst->failed || body->failed;
}

void
http_json(struct buf *dst, int status, const struct buf *body)
{
	http_body(dst, status, "application/json", body);
}

void
http_health(struct buf *dst, const struct http_service *s)
{
	struct buf body;

	buf_init(&body);
	buf_adds(&body, "{\"status\":\"ok\"");
	if (s->version == NULL) {
		buf_adds(&body, ",\"node_id\":");
		jstr_add(&body, span_of(s->node_id));
	}
	buf_adds(&body, ",\"service\":");
	jstr_add(&body, span_of(s->name));
	buf_adds(&body, ",\"version\":");
	jstr_add(&body, span_of(s->version == NULL ? RX_VERSION : s->version));
	buf_adds(&body, "}\n");
	http_json(dst, 200, &body);
	buf_release(&body);
}

void
http_file(struct buf *dst, const struct web_file *file, struct span host)
{
	struct span bytes = { file->start, (size_t)(file->end - file->start) };

	add_head(dst, 200, file->type, bytes.len, "no-cache");
	add_policy(dst, host);
	buf_adds(dst, "\r\n");
	buf_add(dst, bytes);
}

void
http_part(
    struct buf *dst, bool is_range, uint64_t first, uint64_t n, uint64_t size)
{
	add_head(dst, is_range ? 206 : 200, "application/octet-stream",
	    (size_t)n, "no-store");
	buf_adds(dst, "Accept-Ranges: bytes\r\n");
	if (is_range)
		buf_addf(dst,
		    "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64
		    "\r\n",
		    first, first + n - 1, size);
	buf_adds(dst, "\r\n");
}

void
http_no_range(struct buf *dst, uint64_t size)
{
	add_head(dst, 416, "text/plain; charset=utf-8", 0, "no-store");
	buf_addf(dst, "Content-Range: bytes */%" PRIu64 "\r\n\r\n", size);
}

void
http_refuse(struct buf *dst, const struct http_refusal *r)
{
	struct buf body;

	buf_init(&body);
	buf_addf(&body, "%d %s: %s\n", r->status, reason(r->status), r->why);
	add_head(
	    dst, r->status, "text/plain; charset=utf-8", body.len, "no-store");
	if (r->status == 401)
		buf_adds(dst, "WWW-Authenticate: Bearer\r\n");
	if (r->retry_s > 0)
		buf_addf(dst, "Retry-After: %u\r\n", r->retry_s);
	buf_addf(dst, "%s\r\n", r->extra == NULL ? "" : r->extra);
	buf_add(dst, buf_span(&body));
	dst->failed = dst->failed || body.failed;
	buf_release(&body);
}

void
http_preflight(struct buf *dst)
{
	buf_adds(dst,
	    "HTTP/1.1 204 No Content\r\n"
	    "Access-Control-Allow-Methods: GET, HEAD, POST\r\n"
	    "Access-Control-Allow-Headers: Authorization, Content-Type, "
	    "Range, X-API-Key\r\n"
	    "Access-Control-Max-Age: 600\r\n"
	    "Cache-Control: no-store\r\n"
	    "Connection: close\r\n\r\n");
}

void
http_allow_origin(struct buf *dst, const char *origin)
{
	const char *end =
	    dst->len == 0 ? NULL : memchr(dst->at, '\n', dst->len);
	struct buf head;
	size_t first;

	if (end == NULL)
		return;
	first = (size_t)(end - dst->at) + 1;
	buf_init(&head);
	buf_add(&head, (struct span){ dst->at, first });
	buf_addf(&head,
	    "Access-Control-Allow-Origin: %s\r\n"
	    "Access-Control-Expose-Headers: Content-Range, Retry-After\r\n"
	    "Vary: Origin\r\n",
	    origin);
	buf_add(&head, span_skip(buf_span(dst), first));
	head.failed = head.failed || dst->failed;
	buf_release(dst);
	*dst = head;
}

void
http_continue(struct buf *dst)
{
	buf_adds(dst, "HTTP/1.1 100 Continue\r\n\r\n");
}

void
http_only_head(struct buf *dst)
{
	char *end = memmem(dst->at, dst->len, "\r\n\r\n", 4);

	if (end != NULL)
		dst->len = (size_t)(end - dst->at) + 4;
}

void
http_switch(struct buf *dst, const char *accept, const char *protocol)
{
	buf_addf(dst,
	    "HTTP/1.1 101 Switching Protocols\r\n"
	    "Upgrade: websocket\r\n"
	    "Connection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: %s\r\n",
	    accept);
	if (protocol != NULL)
		buf_addf(dst, "Sec-WebSocket-Protocol: %s\r\n", protocol);
	buf_adds(dst, "\r\n");
}
