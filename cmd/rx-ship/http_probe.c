/* SPDX-License-Identifier: MIT */
/*
 * --check --net: one HEAD of the URL, with all that authenticates a request,
 * and what its answer tells.  A HEAD stores nothing (RFC 9110, 9.3.2).
 */
#include <stdio.h>
#include <string.h>

#include "cmd/rx-ship/http.h"
#include "lib/cli.h"
#include "lib/stop.h"

/* Waits for what the web and the token have under way, not past due_ms. */
static void
wait_once(struct http *h, int64_t due_ms)
{
	int64_t now_ms = stop_now_ms(), until_ms = due_ms;
	struct pollfd p;

	web_poll(&h->web, &p, &until_ms);
	if (h->token != NULL)
		token_poll(h->token, now_ms, &until_ms);
	(void)poll(&p, 1, until_ms > now_ms ? (int)(until_ms - now_ms) : 0);
	web_work(&h->web, stop_now_ms());
}

/* The first token of a command; one that is there is not renewed for this. */
static bool
have_token(struct http *h, int64_t due_ms)
{
	struct token *t = h->token;

	while (t != NULL && t->value.len == 0) {
		token_work(t, stop_now_ms());
		if (t->value.len > 0)
			break;
		if (t->failures > 0 || stop_now_ms() >= due_ms)
			return false;
		wait_once(h, due_ms);
	}
	return true;
}

/* What a record would fill in is not known here: it is left out. */
static void
put_request(struct http *h)
{
	const struct request_form *f = &h->form;

	buf_reset(&h->full);
	buf_adds(&h->full, h->base);
	if (f->path.varies)
		buf_addc(&h->full, '/');
	else
		template_fill(&f->path, NULL, &h->full);
	buf_addc(&h->full, '\0');
	buf_reset(&h->headers);
	for (size_t i = 0; i < f->n_headers; i++) {
		if (f->headers[i].varies)
			continue;
		template_fill(&f->headers[i], NULL, &h->headers);
		buf_addc(&h->headers, '\0');
	}
	if (h->token != NULL)
		token_header(h->token, &h->headers);
}

static int
tell(struct http *h)
{
	const struct web_call *c = &h->call;
	const char *name = h->target.name;

	if (c->end == WEB_NOT_TRUSTED)
		warn("%s: TLS: %s", name, c->why);
	else if (c->end != WEB_ANSWERED)
		warn("%s: %s", name, c->why);
	else if (c->status == 401 || c->status == 403 || c->status == 407)
		warn("%s: it refuses our authentication: status %u", name,
		    c->status);
	else if (c->status >= 502 && c->status <= 504)
		warn("%s: it serves nobody: status %u", name, c->status);
	else {
		info("%s: it answers: status %u", name, c->status);
		return EX_OK;
	}
	return EX_UNAVAILABLE;
}

int
http_probe(struct target *t)
{
	struct http *h = (struct http *)t;
	struct web_call *c = &h->call;
	int64_t due_ms = stop_now_ms() + t->settings->timeout_ms;

	if (!have_token(h, due_ms)) {
		warn("%s: no token came", t->name);
		return EX_UNAVAILABLE;
	}
	put_request(h);
	c->url = h->full.at;
	c->user = h->url.user;
	c->password = h->url.password;
	c->headers = &h->headers;
	c->head = true;
	c->connect_ms = c->total_ms = t->settings->timeout_ms;
	if (h->full.failed || h->headers.failed || web_start(&h->web, c) < 0) {
		warn("%s: out of memory", t->name);
		return EX_TEMPFAIL;
	}
	while (c->busy) /* which ends by its own total_ms */
		wait_once(h, INT64_MAX);
	return tell(h);
}
