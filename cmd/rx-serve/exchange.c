/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/exchange.h"

#include "cmd/rx-serve/auth.h"
#include "cmd/rx-serve/control.h"
#include "cmd/rx-serve/files.h"
#include "cmd/rx-serve/history.h"
#include "cmd/rx-serve/ingest.h"
#include "cmd/rx-serve/report.h"
#include "cmd/rx-serve/web.h"
#include "cmd/rx-serve/ws.h"

enum kind {
	READING, /* GET and HEAD */
	DOING, /* POST */
	WATCHING /* a WebSocket */
};

struct exchange_route {
	const char *path;
	enum kind kind;
	unsigned scope; /* 0: everybody may */
	void (*answer)(struct exchange *);
	size_t body_max; /* 0: no body */
	enum stream_kind stream;
};

#define EVENTS_BODY SIZE_MAX /* about->max_body, also of lines */

static const struct exchange_about *about;

void
exchange_refuse(struct exchange *x, int status, const char *why)
{
	x->refusal.status = status;
	x->refusal.why = why;
}

static void
answer_health(struct exchange *x)
{
	http_health(x->out, &about->service);
}

static void
answer_secret(struct exchange *x, enum ticket_kind kind)
{
	char secret[DIGEST_NONCE + 1];
	struct buf body;

	ticket_issue(kind, &x->grant, secret);
	buf_init(&body);
	buf_addf(&body, "{\"%s\":\"%s\",\"expires_in\":%d}\n",
	    kind == SESSION ? "token" : "ticket", secret,
	    kind == SESSION ? SESSION_S : TICKET_S);
	http_json(x->out, 200, &body);
	buf_release(&body);
}

static void
answer_ticket(struct exchange *x)
{
	answer_secret(x, TICKET);
}

static void
answer_session(struct exchange *x)
{
	/* A page watches and controls; it does not deliver. */
	x->grant.scopes &= ~(unsigned)SCOPE_INGEST;
	answer_secret(x, SESSION);
}

static void
answer_ready(struct exchange *x)
{
	report_ready(x->out, about);
}

static void
answer_status(struct exchange *x)
{
	report_status(x->out, about);
}

static void
answer_metrics(struct exchange *x)
{
	report_metrics(x->out);
}

static void
answer_control(struct exchange *x)
{
	control_answer(x, about);
}

static const struct exchange_route routes[] = {
	{ "/anomalies", READING, SCOPE_READ, history_anomalies, 0, 0 },
	{ "/control", DOING, SCOPE_CONTROL, answer_control, CONTROL_MAX, 0 },
	{ "/files", READING, SCOPE_FILES, files_answer, 0, 0 },
	{ "/files/list", READING, SCOPE_FILES, files_list, 0, 0 },
	{ "/health", READING, 0, answer_health, 0, 0 },
	{ "/livelogs", WATCHING, SCOPE_READ, NULL, 0, STREAM_LOGS },
	{ "/telemetry", WATCHING, SCOPE_READ, NULL, 0, STREAM_TELEMETRY },
	{ "/ticket", DOING, SCOPE_READ, answer_ticket, 0, 0 },
	{ "/logs", READING, SCOPE_READ, history_logs, 0, 0 },
	{ "/log", DOING, SCOPE_INGEST, ingest_answer, EVENTS_BODY, 0 },
	{ "/metrics", READING, SCOPE_READ, answer_metrics, 0, 0 },
	{ "/ready", READING, SCOPE_READ, answer_ready, 0, 0 },
	{ "/session", DOING, SCOPE_READ, answer_session, 0, 0 },
	{ "/signals", READING, SCOPE_READ, history_signals, 0, 0 },
	{ "/status", READING, SCOPE_READ, answer_status, 0, 0 },
};
#define N_ROUTES (sizeof(routes) / sizeof(*routes))

static const struct exchange_route *
find_route(struct span path, enum exchange_port port)
{
	static const enum exchange_port ports[STREAMS] = { PORT_LOGS,
		PORT_TELEMETRY };

	if (span_starts(path, SPAN("/v1/")))
		path = span_skip(path, 3);
	for (size_t i = 0; i < N_ROUTES; i++) {
		const struct exchange_route *r = &routes[i];

		/* The other ports have one stream each, at "/" too. */
		if (port == PORT_CONTROL
			? span_is(path, r->path)
			: r->kind == WATCHING && ports[r->stream] == port &&
			    (span_is(path, r->path) || span_is(path, "/")))
			return r;
	}
	return NULL;
}

static bool
check_method(struct exchange *x, enum kind kind)
{
	static const char *const extra[] = { [READING] = "Allow: GET, HEAD\r\n",
		[DOING] = "Allow: POST\r\n",
		[WATCHING] = "Allow: GET\r\n" };
	enum method m = x->request.method;

	if (kind == DOING
		? m == METHOD_POST
		: m == METHOD_GET || (kind == READING && m == METHOD_HEAD))
		return true;
	exchange_refuse(x, 405, "another method");
	x->refusal.extra = extra[kind];
	return false;
}

static bool
check_grant(struct exchange *x)
{
	static const char *const whys[] = { [1] = "a credential is needed",
		[3] = "not with this credential",
		[29] = "too many wrong credentials" };
	const struct exchange_route *route = x->route;
	unsigned retry_s = 0;
	int status;

	if (route->scope == 0)
		return true;
	/* A page of another site that reads without telling its Origin. */
	if (x->request.foreign && !x->request.has_origin) {
		exchange_refuse(x, 403, "the page is not ours");
		return false;
	}
	if (route->answer == answer_session)
		status = auth_ticket(&x->request, &x->end, &x->grant, &retry_s);
	else if (route->kind == WATCHING)
		status = auth_stream(&x->request, &x->end, &x->grant, &retry_s);
	else
		status = auth_judge(
		    &x->request, &x->end, route->scope, &x->grant, &retry_s);
	if (status == 0)
		return true;
	exchange_refuse(x, status, whys[status - 400]);
	x->refusal.retry_s = retry_s;
	return false;
}

static bool
offers_protocol(struct span list)
{
	while (list.len > 0)
		if (span_is(request_item(&list), "rx"))
			return true;
	return false;
}

static void
begin_stream(struct exchange *x)
{
	const struct request *r = &x->request;
	struct stream *stream = about->streams[x->route->stream];
	static struct stream_wish wish;
	const char *why;
	char accept[29];

	if (stream == NULL)
		exchange_refuse(x, 404, "rx-serve has no command for it");
	else if (!r->wants_ws || !span_is(r->ws_version, "13")) {
		exchange_refuse(x, 426, "a WebSocket is here");
		x->refusal.extra =
		    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
	} else if (stream_wish_parse(&wish, x->route->stream, r->query, &why) <
	    0)
		exchange_refuse(x, 400, why);
	else if (!stream_has_room(stream, &wish)) {
		exchange_refuse(x, 503, "too many different filters");
		x->refusal.retry_s = 5;
	} else if (!ws_accept(r->ws_key, accept))
		exchange_refuse(x, 400, "no WebSocket key");
	else {
		http_switch(x->out, accept,
		    offers_protocol(r->ws_protocol) ? "rx" : NULL);
		x->stream = stream;
		x->wish = &wish;
	}
}

/* The media type, without its parameters. */
static bool
is_type(struct span type, const char *name)
{
	const char *end = type.len == 0 ? NULL : memchr(type.at, ';', type.len);

	if (end != NULL)
		type.len = (size_t)(end - type.at);
	while (type.len > 0 && type.at[type.len - 1] == ' ')
		type.len--;
	return request_word_is(type, name);
}

static bool
check_type(struct exchange *x, bool events)
{
	x->lines =
	    events && is_type(x->request.content_type, "application/x-ndjson");
	if (x->lines || is_type(x->request.content_type, "application/json"))
		return true;
	exchange_refuse(x, 415,
	    events ? "Content-Type: application/json or application/x-ndjson"
		   : "Content-Type: application/json");
	return false;
}

static void
begin_doing(struct exchange *x)
{
	const struct request *r = &x->request;
	bool events = x->route->body_max == EVENTS_BODY;
	size_t max = events ? about->max_body : x->route->body_max;

	if (events && !ingest_is_on())
		exchange_refuse(x, 404, "rx-serve takes no events");
	else if (max == 0 && r->length > 0)
		exchange_refuse(x, 413, "no body is taken here");
	else if (max == 0)
		x->route->answer(x);
	else if (!check_type(x, events))
		return;
	else if (!r->has_length)
		exchange_refuse(x, 411, "a body of unknown length");
	else if (r->length > max)
		exchange_refuse(x, 413, "a body larger than is taken here");
	else
		x->wants_body = true;
}

static void
begin_route(struct exchange *x)
{
	const struct web_file *file = web_find(x->request.path);

	x->route = find_route(x->request.path, x->port);
	if (x->route == NULL && (file == NULL || x->port != PORT_CONTROL))
		exchange_refuse(x, 404, "nothing is here");
	else if (x->route == NULL) {
		if (check_method(x, READING))
			http_file(x->out, file, x->request.host);
	} else if (check_method(x, x->route->kind) && check_grant(x)) {
		if (x->route->kind == WATCHING)
			begin_stream(x);
		else if (x->route->kind == DOING)
			begin_doing(x);
		else
			x->route->answer(x);
	}
}

/* Of a page that may read: whether a request will be taken is told then. */
static bool
is_preflight(const struct exchange *x)
{
	return x->request.method == METHOD_OPTIONS && x->request.asks_method &&
	    x->cors != NULL;
}

void
exchange_init(const struct exchange_about *a)
{
	about = a;
}

void
exchange_begin(struct exchange *x, struct span head)
{
	const struct request *r = &x->request;
	int status = request_parse(&x->request, head);

	/* The head may be gone by the time there is an answer. */
	x->cors = r->has_origin ? access_cors(r->origin) : NULL;
	if (status != 0)
		exchange_refuse(x, status, r->why);
	else if (!access_host(r->host, about->ports[x->port]))
		exchange_refuse(x, 421, "the Host is not a name of ours");
	else if (r->has_origin && !access_origin(r->origin, about->ports))
		exchange_refuse(x, 403, "the page is not ours");
	else if (is_preflight(x))
		http_preflight(x->out);
	else
		begin_route(x);
}

void
exchange_answer(struct exchange *x)
{
	x->route->answer(x);
}

bool
exchange_waits(const struct exchange *x)
{
	return x->wait != NULL || x->history != NULL;
}

void
exchange_leave(struct exchange *x)
{
	ingest_leave(x);
	history_leave(x);
}
