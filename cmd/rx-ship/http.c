/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-ship/loki.h"
#include "cmd/rx-ship/tls.h"
#include "lib/crash.h"
#include "lib/num.h"
#include "lib/secret.h"
#include "lib/stats.h"
#include "lib/stop.h"

#define LOKI_LINGER_MS 1000

/* What was rendered so long ago that it would be refused is made anew. */
static void
refresh(struct http *h)
{
	if (h->form.loki != NULL && loki_is_stale(h->form.loki) &&
	    request_render(&h->request) < 0)
		h->full.failed = true;
}

void
http_send(struct http *h)
{
	struct web_call *c = &h->call;

	buf_reset(&h->full);
	buf_adds(&h->full, h->base);
	buf_add(&h->full, buf_span(&h->request.path)); /* with its NUL */
	refresh(h);
	buf_reset(&h->headers);
	buf_add(&h->headers, buf_span(&h->request.headers));
	if (h->token != NULL) {
		(void)token_look(h->token);
		token_header(h->token, &h->headers);
		h->version = h->token->version;
	}
	c->url = h->full.at;
	c->user = h->url.user;
	c->password = h->url.password;
	c->headers = &h->headers;
	c->connect_ms = h->target.settings->timeout_ms;
	c->total_ms = h->target.settings->http.answer_ms;
	c->body = h->request.parts;
	c->n_body = h->request.n_parts;
	if (h->full.failed || h->headers.failed || web_start(&h->web, c) < 0) {
		snprintf(h->why, sizeof(h->why), "out of memory");
		http_hold(h);
		return;
	}
	h->target.sent += h->request.n;
	h->step = HTTP_BUSY;
	CRASH("ship.sent");
}

/* How many may go now, when a record at fault is being looked for. */
static size_t
limit(const struct http *h)
{
	if (h->one_by_one)
		return 1;
	return h->suspects == 0 ? h->form.batch : (h->suspects + 1) / 2;
}

static int64_t
linger_ms(const struct http *h)
{
	if (h->target.settings->linger_ms >= 0)
		return h->target.settings->linger_ms;
	return h->form.loki == NULL ? 0 : LOKI_LINGER_MS;
}

/* Whether a fuller batch is worth a wait, and until when. */
static bool
lingers(struct http *h)
{
	struct window *w = h->target.window;

	if (linger_ms(h) == 0 || h->target.hurry || window_full(w) ||
	    w->held >= h->form.batch || w->held == 0)
		return false;
	if (h->first_ms == 0)
		h->first_ms = h->now_ms;
	return h->now_ms < h->first_ms + linger_ms(h);
}

/* Nothing goes out before the first token has come. */
static bool
lacks_token(const struct http *h)
{
	return h->token != NULL && h->token->value.len == 0;
}

/* Each try to get one that failed is a failure to get to the target. */
static void
count_token_failures(struct http *h)
{
	if (h->token->failures > h->token_failures)
		h->target.failures++;
	h->token_failures = h->token->failures;
}

/* The token file and the certificates are looked at anyway. */
static void
hurry_up(struct http *h)
{
	h->nudged = false;
	if (h->step == HTTP_HELD)
		h->due_ms = h->now_ms;
	if (h->token != NULL)
		token_refused(h->token, h->now_ms);
}

static void
go_on(struct http *h)
{
	struct window *w = h->target.window;

	if (h->nudged)
		hurry_up(h);
	if (h->token != NULL)
		token_work(h->token, h->now_ms);
	if (h->step == HTTP_BUSY && !h->call.busy)
		http_answer(h);
	if (h->step == HTTP_AUTH && !token_busy(h->token)) {
		if (h->token->failed)
			http_hold(h);
		else
			http_send(h);
	}
	if (h->step == HTTP_HELD && h->now_ms >= h->due_ms) {
		if (h->request.n > 0)
			http_send(h);
		else
			h->step = HTTP_IDLE;
	}
	if (lacks_token(h)) {
		count_token_failures(h);
		return;
	}
	while (h->step == HTTP_IDLE && !lingers(h) &&
	    request_gather(
		&h->request, w, h->now_ms, limit(h), h->bad_behind)) {
		if (request_render(&h->request) < 0) {
			snprintf(h->why, sizeof(h->why), "out of memory");
			window_take_back(w);
			request_forget(&h->request);
			http_hold(h);
		} else {
			http_send(h);
		}
	}
}

static void
http_work(struct target *t, short revents, int64_t now_ms)
{
	struct http *h = (struct http *)t;

	(void)revents;
	h->now_ms = now_ms;
	web_work(&h->web, now_ms);
	go_on(h);
	t->awaits = h->step == HTTP_BUSY;
}

static void
http_poll(struct target *t, struct pollfd *p, int64_t *until_ms)
{
	struct http *h = (struct http *)t;
	int64_t lingered_ms;

	web_poll(&h->web, p, until_ms);
	if (h->token != NULL)
		token_poll(h->token, h->now_ms, until_ms);
	if (h->step == HTTP_HELD && h->due_ms < *until_ms)
		*until_ms = h->due_ms;
	if (h->step != HTTP_IDLE || lacks_token(h))
		return;
	lingered_ms = h->first_ms + linger_ms(h);
	/* Once it is over, only the window knows when one may go. */
	if (h->first_ms != 0 && h->now_ms < lingered_ms &&
	    lingered_ms < *until_ms)
		*until_ms = lingered_ms;
	if (window_due_ms(t->window) < *until_ms)
		*until_ms = window_due_ms(t->window);
}

/* One that is not at work acts on it when its turn comes. */
static void
http_reload(struct target *t)
{
	((struct http *)t)->nudged = true;
}

static bool
http_leave(struct target *t)
{
	struct http *h = (struct http *)t;

	/* A new token on its way would be lost, and the old one dead. */
	if (h->token != NULL && token_refreshes(h->token))
		return false;
	if (h->token != NULL)
		token_leave(h->token);
	web_cancel(&h->call);
	window_take_back(t->window);
	request_forget(&h->request);
	if (h->step != HTTP_HELD)
		h->step = HTTP_IDLE;
	return true;
}

/* The old token may be dead when the new one is on its way. */
static bool
http_goodbye(struct target *t, int64_t now_ms)
{
	struct http *h = (struct http *)t;

	if (h->token == NULL || !token_refreshes(h->token))
		return true;
	web_work(&h->web, now_ms);
	token_work(h->token, now_ms);
	return !token_refreshes(h->token);
}

static void
http_counters(const struct target *t, struct buf *b)
{
	const struct token *token = ((const struct http *)t)->token;

	if (token == NULL)
		return;
	stats_one(b, "rx_ship_token_renewals_total", STATS_COUNTER,
	    "Tokens that were renewed.", token->renewals);
	stats_one(b, "rx_ship_auth_failures_total", STATS_COUNTER,
	    "Renewals of the token that failed.", token->failures);
	if (token->expires_ms == 0)
		return;
	stats_family(b, "rx_ship_token_expires_timestamp_seconds", STATS_GAUGE,
	    "When the token says it ends.");
	stats_ns(b, "rx_ship_token_expires_timestamp_seconds", NULL, 0,
	    token->expires_ms * (int64_t)NUM_MS);
}

static int
http_check(struct target *t, char *why, size_t size)
{
	struct http *h = (struct http *)t;
	const struct web_tls *tls = &t->settings->http.tls;

	if (strstr(h->url.scheme, "https") == NULL && tls->ca == NULL &&
	    tls->cert == NULL)
		return EX_OK;
	return tls_check(tls, why, size) < 0 ? EX_CONFIG : EX_OK;
}

static void
http_free(struct target *t)
{
	struct http *h = (struct http *)t;

	token_free(h->token);
	web_call_release(&h->call);
	web_release(&h->web);
	request_release(&h->request);
	loki_free(h->form.loki);
	secret_release(&h->basic);
	buf_release(&h->full);
	secret_release(&h->headers); /* with the token */
	url_release(&h->url);
	free(h);
}

const struct target_ops http_ops = {
	.poll = http_poll,
	.work = http_work,
	.reload = http_reload,
	.leave = http_leave,
	.goodbye = http_goodbye,
	.counters = http_counters,
	.check = http_check,
	.probe = http_probe,
	.free = http_free,
};
