#include "cmd/rx-serve/http.h"

#include <string.h>

#include "cmd/rx-serve/web.h"
#include "lib/jstr.h"

#define SHIELDS \
	"X-Content-Type-Options: nosniff\r\n" \
	"X-Frame-Options: DENY\r\n" \
	"Referrer-Policy: no-referrer\r\n" \
	"Cross-Origin-Resource-Policy: same-origin\r\n" \
	"Cross-Origin-Opener-Policy: same-origin\r\n" \
	"Cache-Control: no-cache\r\n"

static const char *
reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = { { 200, "OK" }, { 400, "Bad Request" },
		{ 403, "Forbidden" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 408, "Request Timeout" },
		{ 413, "Content Too Large" }, { 421, "Misdirected Request" },
		{ 426, "Upgrade Required" },
		{ 431, "Request Header Fields Too Large" },
		{ 501, "Not Implemented" }, { 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" } };

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

static void
add_head(struct buf *dst, int status, const char *type, size_t len)
{
	buf_addf(dst,
	    "HTTP/1.1 %d %s\r\n"
	    "Content-Type: %s\r\n"
	    "Content-Length: %zu\r\n"
	    "Connection: close\r\n" SHIELDS,
	    status, reason(status), type, len);
}

/* Some browsers do not count ws: of the same host as 'self'. */
static void
add_policy(struct buf *dst, struct span host)
{
	buf_addf(dst,
	    "Content-Security-Policy: default-src 'none'; script-src 'self'; "
	    "style-src 'self'; img-src 'self'; connect-src 'self' ws://%.*s; "
	    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
	    "require-trusted-types-for 'script'\r\n",
	    (int)host.len, host.at);
}

static void
answer_health(struct buf *dst, const struct http_service *s)
{
	struct buf body;

	buf_init(&body);
	buf_adds(&body, "{\"status\":\"ok\",\"node_id\":");
	jstr_add(&body, span_of(s->node_id));
	buf_adds(&body, ",\"service\":");
	jstr_add(&body, span_of(s->name));
	buf_adds(&body, ",\"version\":\"" RX_VERSION "\"}\n");
	add_head(dst, 200, "application/json", body.len);
	buf_adds(dst, "\r\n");
	buf_add(dst, buf_span(&body));
	dst->failed = dst->failed || body.failed;
	buf_release(&body);
}

void
http_answer(
    struct buf *dst, const struct request *r, const struct http_service *s)
{
	bool health = span_is(r->path, "/health");
	const struct web_file *file = web_find(r->path);

	if (!health && file == NULL)
		http_refuse(dst, 404, "nothing is here", "");
	else if (r->method == METHOD_OTHER)
		http_refuse(
		    dst, 405, "GET and HEAD only", "Allow: GET, HEAD\r\n");
	else if (health)
		answer_health(dst, s);
	else {
		struct span bytes = { file->start,
			(size_t)(file->end - file->start) };

		add_head(dst, 200, file->type, bytes.len);
		add_policy(dst, r->host);
		buf_adds(dst, "\r\n");
		buf_add(dst, bytes);
	}
}

void
http_refuse(struct buf *dst, int status, const char *why, const char *extra)
{
	struct buf body;

	buf_init(&body);
	buf_addf(&body, "%d %s: %s\n", status, reason(status), why);
	add_head(dst, status, "text/plain; charset=utf-8", body.len);
	buf_addf(dst, "%s\r\n", extra);
	buf_add(dst, buf_span(&body));
	dst->failed = dst->failed || body.failed;
	buf_release(&body);
}

void
http_only_head(struct buf *dst)
{
	char *end = memmem(dst->at, dst->len, "\r\n\r\n", 4);

	if (end != NULL)
		dst->len = (size_t)(end - dst->at) + 4;
}

void
http_switch(struct buf *dst, const char *accept)
{
	buf_addf(dst,
	    "HTTP/1.1 101 Switching Protocols\r\n"
	    "Upgrade: websocket\r\n"
	    "Connection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: %s\r\n\r\n",
	    accept);
}
