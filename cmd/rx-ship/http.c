#include "cmd/rx-ship/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-ship/loki.h"
#include "cmd/rx-ship/verdict.h"
#include "lib/crash.h"
#include "lib/num.h"
#include "lib/stats.h"
#include "lib/stop.h"

/* Bytes of the answer that go into a reason. */
#define QUOTED 160

static void
went_up(struct http *h)
{
	struct target *t = &h->target;

	if (t->up)
		return;
	if (t->connects++ == 0)
		info("delivering to %s", t->name);
	else
		info("delivering to %s again after %jd s", t->name,
		    (intmax_t)((h->now_ms - t->since_ms) / 1000));
	t->up = true;
	t->failures = 0;
	t->since_ms = h->now_ms;
	h->told[0] = '\0';
}

/* Each reason once; the clock of the outage starts with the first. */
static void
went_down(struct http *h)
{
	struct target *t = &h->target;

	if (strcmp(h->told, h->why) != 0)
		warn("%s %s: %s", t->up ? "lost" : "unable to deliver to",
		    t->name, h->why);
	memcpy(h->told, h->why, sizeof(h->told));
	if (t->up)
		t->since_ms = h->now_ms;
	t->up = false;
	t->failures++;
	t->lost++;
}

/* The word, and what the peer said: its status, the start of its answer. */
static void
explain(struct http *h, const char *word)
{
	const struct web_call *c = &h->call;
	size_t len = c->answer.len < QUOTED ? c->answer.len : QUOTED;
	const char *newline = len == 0 ? NULL : memchr(c->answer.at, '\n', len);

	/* Before it is cut: half a secret is one, too. */
	if (h->token != NULL)
		token_hide(h->token, c->answer.at, c->answer.len);
	if (newline != NULL)
		len = (size_t)(newline - c->answer.at);
	if (c->end != WEB_ANSWERED)
		snprintf(h->why, sizeof(h->why), "%s: %s", word, c->why);
	else if (len == 0)
		snprintf(
		    h->why, sizeof(h->why), "%s: status %u", word, c->status);
	else
		snprintf(h->why, sizeof(h->why), "%s: status %u, %.*s", word,
		    c->status, (int)len, c->answer.at);
	url_hide(&h->url, h->why);
}

/* What is under way is sent again as it is, at the time that fits. */
static void
hold(struct http *h)
{
	int64_t wait_ms = backoff_next_ms(&h->backoff), said_ms;

	said_ms = h->call.retry_after_s > HTTP_RETRY_AFTER_MAX_S
	    ? HTTP_RETRY_AFTER_MAX_S * 1000
	    : h->call.retry_after_s * 1000;
	went_down(h);
	h->step = HTTP_HELD;
	h->due_ms = h->now_ms + (said_ms > wait_ms ? said_ms : wait_ms);
	debug("%s: next try in %jd ms", h->target.name,
	    (intmax_t)(h->due_ms - h->now_ms));
}

/* The request is over; its messages are settled or wait again. */
static void
done(struct http *h)
{
	h->suspects -= h->request.n < h->suspects ? h->request.n : h->suspects;
	if (h->suspects == 0)
		h->bad_behind = 0;
	request_forget(&h->request);
	h->step = HTTP_IDLE;
	h->first_ms = 0;
	h->renewed = false;
}

static void
accept_all(struct http *h)
{
	struct request *r = &h->request;

	went_up(h);
	backoff_reset(&h->backoff);
	h->lost_in_row = 0;
	h->one_by_one = false;
	for (size_t i = 0; i < r->n; i++) {
		debug("%s: delivered %.*s", h->target.name,
		    (int)r->messages[i]->name.len, r->messages[i]->name.at);
		window_accept(h->target.window, r->messages[i], h->now_ms);
	}
	done(h);
}

static void
reject_all(struct http *h)
{
	struct request *r = &h->request;

	went_up(h);
	backoff_reset(&h->backoff);
	warn_every(&h->rejects, "rejected by %s: %s", h->target.name, h->why);
	for (size_t i = 0; i < r->n; i++)
		window_reject(h->target.window, r->messages[i], h->why);
	done(h);
}

/* One of them may be at fault; halves will show which. */
static void
split(struct http *h)
{
	size_t n = h->request.n;
	uint64_t behind = h->request.messages[n - 1]->order + 1;

	window_take_back(h->target.window);
	done(h);
	h->suspects = n;
	h->bad_behind = behind;
}

/*
 * The one at fault, if there is only one, shall not be blamed on the others:
 * halves, too, but not at once, for the target may be what fails.
 */
static void
refuse(struct http *h)
{
	struct request *r = &h->request;

	if (r->n > 1) {
		split(h);
		hold(h);
		return;
	}
	warn_every(&h->rejects, "refused by %s: %s", h->target.name, h->why);
	window_refuse(h->target.window, r->messages[0], h->now_ms, h->why);
	done(h);
}

/* It may have been carried out: again, and by twos not at all. */
static void
lost(struct http *h)
{
	if (++h->lost_in_row < 2) {
		hold(h);
	} else if (h->request.n > 1) {
		hold(h);
		window_take_back(h->target.window);
		request_forget(&h->request);
		h->one_by_one = true;
	} else {
		went_down(h);
		refuse(h);
	}
}

static void
send_request(struct http *h)
{
	struct web_call *c = &h->call;

	buf_reset(&h->full);
	buf_adds(&h->full, h->base);
	buf_add(&h->full, buf_span(&h->request.path)); /* with its NUL */
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
	c->body = buf_span(&h->request.body);
	if (h->full.failed || h->headers.failed || web_start(&h->web, c) < 0) {
		snprintf(h->why, sizeof(h->why), "out of memory");
		hold(h);
		return;
	}
	h->target.sent += h->request.n;
	h->step = HTTP_BUSY;
	CRASH("ship.sent");
}

static void
on_answer(struct http *h)
{
	struct window *w = h->target.window;
	bool several = h->request.n > 1;
	const char *word;
	enum verdict verdict = verdict_of(&h->call, &word);

	explain(h, word);
	if (h->form.loki != NULL &&
	    loki_answer(h->form.loki, &h->call, &h->request, w, h->now_ms)) {
		went_up(h);
		backoff_reset(&h->backoff);
		done(h);
		return;
	}
	if (h->form.loki != NULL && loki_too_large(&h->call))
		verdict = VERDICT_SPLIT;
	switch (verdict) {
	case VERDICT_OK: accept_all(h); break;
	case VERDICT_SPLIT:
		if (several)
			split(h);
		else
			reject_all(h);
		break;
	case VERDICT_REJECT: reject_all(h); break;
	case VERDICT_REFUSE: refuse(h); break;
	case VERDICT_HOLD: hold(h); break;
	case VERDICT_LOST: lost(h); break;
	case VERDICT_AUTH:
		/* It was renewed while the request was out. */
		if (h->token != NULL && h->token->version != h->version) {
			send_request(h);
			break;
		}
		if (h->token != NULL && !h->renewed) {
			h->renewed = true;
			h->step = HTTP_AUTH;
			token_refused(h->token, h->now_ms);
			break;
		}
		h->renewed = false;
		hold(h);
		break;
	}
}

/* How many may go now, when a record at fault is being looked for. */
static size_t
limit(const struct http *h)
{
	if (h->one_by_one)
		return 1;
	return h->suspects == 0 ? h->form.batch : (h->suspects + 1) / 2;
}

/* Whether a fuller batch is worth a wait, and until when. */
static bool
lingers(struct http *h)
{
	struct window *w = h->target.window;

	if (h->linger_ms == 0 || h->target.hurry || window_full(w) ||
	    w->held >= h->form.batch || w->held == 0)
		return false;
	if (h->first_ms == 0)
		h->first_ms = h->now_ms;
	return h->now_ms < h->first_ms + h->linger_ms;
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
		on_answer(h);
	if (h->step == HTTP_AUTH && !token_busy(h->token)) {
		if (h->token->failed)
			hold(h);
		else
			send_request(h);
	}
	if (h->step == HTTP_HELD && h->now_ms >= h->due_ms) {
		if (h->request.n > 0)
			send_request(h);
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
			hold(h);
		} else {
			send_request(h);
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
	lingered_ms = h->first_ms + h->linger_ms;
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

static void
http_leave(struct target *t)
{
	struct http *h = (struct http *)t;

	web_cancel(&h->call);
	window_take_back(t->window);
	request_forget(&h->request);
	if (h->step != HTTP_HELD)
		h->step = HTTP_IDLE;
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

static void
http_free(struct target *t)
{
	struct http *h = (struct http *)t;

	token_free(h->token);
	web_call_release(&h->call);
	web_release(&h->web);
	request_release(&h->request);
	loki_free(h->form.loki);
	buf_release(&h->full);
	buf_release(&h->headers);
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
	.free = http_free,
};
