/* SPDX-License-Identifier: MIT */
/*
 * What an answer, or the lack of one, makes of the messages of a request.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/rx-ship/http.h"
#include "cmd/rx-ship/loki.h"
#include "cmd/rx-ship/verdict.h"
#include "lib/secret.h"

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

/* What we showed the peer is not shown again, in whatever form it came back. */
static void
mask(const struct http *h, char *text, size_t len)
{
	if (h->token != NULL)
		secret_hide(text, len, buf_span(&h->token->value));
	secret_hide(text, len, buf_span(&h->basic));
	secret_hide(text, len, url_secret(&h->url));
}

/* The word, and what the peer said: its status, the start of its answer. */
static void
explain(struct http *h, const char *word)
{
	struct web_call *c = &h->call;
	size_t len = c->answer.len < QUOTED ? c->answer.len : QUOTED;
	const char *newline = len == 0 ? NULL : memchr(c->answer.at, '\n', len);

	/* Before it is cut: half a secret is one, too. */
	mask(h, c->answer.at, c->answer.len);
	mask(h, c->why, strlen(c->why));
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
}

/* Nothing goes out for so long, or for as long as the target asked. */
static void
pause_for(struct http *h, int64_t wait_ms)
{
	int64_t said_ms = h->call.retry_after_s > HTTP_RETRY_AFTER_MAX_S
	    ? HTTP_RETRY_AFTER_MAX_S * 1000
	    : h->call.retry_after_s * 1000;

	h->step = HTTP_HELD;
	h->due_ms = h->now_ms + (said_ms > wait_ms ? said_ms : wait_ms);
	debug("%s: next try in %jd ms", h->target.name,
	    (intmax_t)(h->due_ms - h->now_ms));
}

/* What is under way is sent again as it is, at the time that fits. */
void
http_hold(struct http *h)
{
	int64_t wait_ms = backoff_next_ms(&h->backoff);

	went_down(h);
	pause_for(h, wait_ms);
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
		http_hold(h);
		return;
	}
	warn_every(&h->refusals, "refused by %s: %s", h->target.name, h->why);
	window_refuse(h->target.window, r->messages[0], h->now_ms, h->why);
	done(h);
	if (h->call.retry_after_s > 0)
		pause_for(h, 0);
}

/* It may have been carried out: again, and by twos not at all. */
static void
lost(struct http *h)
{
	if (++h->lost_in_row < 2) {
		http_hold(h);
	} else if (h->request.n > 1) {
		http_hold(h);
		window_take_back(h->target.window);
		request_forget(&h->request);
		h->one_by_one = true;
	} else {
		went_down(h);
		refuse(h);
	}
}

void
http_answer(struct http *h)
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
	/* More than the operator lets through at once never passes whole. */
	if (h->form.loki != NULL && h->call.end == WEB_ANSWERED &&
	    h->call.status == 429)
		verdict = VERDICT_REFUSE;
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
	case VERDICT_HOLD: http_hold(h); break;
	case VERDICT_LOST: lost(h); break;
	case VERDICT_AUTH:
		/* It was renewed while the request was out. */
		if (h->token != NULL && h->token->version != h->version) {
			http_send(h);
			break;
		}
		if (h->token != NULL && !h->renewed) {
			h->renewed = true;
			h->step = HTTP_AUTH;
			token_refused(h->token, h->now_ms);
			break;
		}
		h->renewed = false;
		http_hold(h);
		break;
	}
}
