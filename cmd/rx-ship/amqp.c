/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-ship/amqp_pool.h"
#include "cmd/rx-ship/amqp_target.h"
#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/stop.h"

/* A peer that takes nothing for this many times the timeout is lost. */
#define STALL_TIMEOUTS 6

/* A connection that held this long had no reason to fail at once again. */
#define GOOD_MS 10000

bool
amqp_closed_by(
    struct amqp *a, const char *what, unsigned code, amqp_bytes_t text)
{
	return link_fail(&a->link, "%s closed: %u %.*s", what, code,
	    (int)text.len, (const char *)text.bytes);
}

static bool
on_frame(void *arg, const amqp_frame_t *frame)
{
	struct amqp *a = arg;
	const amqp_method_t *method = &frame->payload.method;
	bool is_method = frame->frame_type == AMQP_FRAME_METHOD;
	amqp_connection_close_ok_t ok = { 0 };

	if (frame->channel > AMQP_CHANNEL)
		return link_fail(
		    &a->link, "a frame for a channel never opened");
	if (is_method && method->id == AMQP_CONNECTION_CLOSE_METHOD) {
		const amqp_connection_close_t *close = method->decoded;

		amqp_put_method(
		    &a->link.out, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok);
		(void)link_write(&a->link, a->now_ms);
		a->link.blameless = close->reply_code == AMQP_CONNECTION_FORCED;
		return amqp_closed_by(
		    a, "connection", close->reply_code, close->reply_text);
	}
	if (a->step == STEP_CLOSING) {
		if (is_method && method->id == AMQP_CONNECTION_CLOSE_OK_METHOD)
			a->step = STEP_CLOSED;
		return true;
	}
	if (frame->frame_type == AMQP_FRAME_HEARTBEAT)
		return true;
	return a->step == STEP_READY ? amqp_publish_frame(a, frame)
				     : amqp_login_frame(a, frame);
}

/* The connection is over, or never came about; link.why says why. */
static void
lost(struct amqp *a)
{
	struct target *t = &a->target;
	char *why = a->link.why;
	bool was_up = t->up;
	int64_t wait_ms;

	url_hide(&a->url.url, why);
	if (was_up && a->now_ms - t->since_ms >= GOOD_MS)
		backoff_reset(&a->backoff);
	wait_ms = backoff_next_ms(&a->backoff);
	/* Each reason once; the clock of the outage starts with the first. */
	if (was_up)
		warn("lost %s: %s", t->name, why);
	else if (strcmp(why, a->told) != 0)
		warn("unable to reach %s: %s", t->name, why);
	else
		debug("unable to reach %s: %s; next try in %jd ms", t->name,
		    why, (intmax_t)wait_ms);
	memcpy(a->told, why, sizeof(a->told));
	if (was_up)
		t->since_ms = a->now_ms;
	t->up = false;
	t->failures++;
	t->lost++;
	if (a->step == STEP_READY)
		window_lost(
		    t->window, a->number, a->now_ms, !a->link.blameless);
	link_close(&a->link);
	a->step = STEP_DOWN;
	a->declare = false;
	a->due_ms = a->now_ms + wait_ms;
}

static void
ready(struct amqp *a)
{
	struct target *t = &a->target;

	amqp_publish_start(a);
	if (t->connects++ == 0)
		info("connected to %s", t->name);
	else
		info("connected to %s again after %jd s", t->name,
		    (intmax_t)((a->now_ms - t->since_ms) / 1000));
	t->up = true;
	t->failures = 0;
	t->since_ms = a->now_ms;
	a->told[0] = '\0';
}

static void
amqp_poll(struct target *t, struct pollfd *p, int64_t *until_ms)
{
	struct amqp *a = (struct amqp *)t;

	*p = (struct pollfd){ .fd = -1 };
	if (link_is_open(&a->link))
		link_poll(&a->link, p, until_ms);
	if (a->step < STEP_READY && a->due_ms < *until_ms)
		*until_ms = a->due_ms;
	if (a->step == STEP_READY && !a->link.blocked && !a->flow_stopped &&
	    window_due_ms(t->window) < *until_ms)
		*until_ms = window_due_ms(t->window);
}

static bool
go_on(struct amqp *a, short revents)
{
	uintmax_t accepted = a->target.window->accepted;

	if (a->step == STEP_DOWN) {
		if (a->now_ms < a->due_ms)
			return true;
		a->due_ms = a->now_ms + a->target.settings->timeout_ms;
		a->step = STEP_START;
		return link_open(&a->link, a->url.url.host, a->url.port);
	}
	if (!link_run(&a->link, revents, a->now_ms))
		return false;
	if (a->step < STEP_READY && a->now_ms >= a->due_ms)
		return link_fail(&a->link, "%s",
		    a->link.connected ? "login takes too long"
				      : "no answer in time");
	if (a->step == STEP_READY && !a->target.up)
		ready(a);
	if (a->target.window->accepted > accepted)
		backoff_reset(&a->backoff);
	if (a->step == STEP_READY)
		return amqp_publish(a);
	return !a->link.connected || link_write(&a->link, a->now_ms);
}

static void
amqp_work(struct target *t, short revents, int64_t now_ms)
{
	struct amqp *a = (struct amqp *)t;

	a->now_ms = now_ms;
	if (!go_on(a, revents))
		lost(a);
}

static bool
amqp_goodbye(struct target *t, int64_t now_ms)
{
	struct amqp *a = (struct amqp *)t;
	amqp_connection_close_t close = { .reply_code = AMQP_REPLY_SUCCESS,
		.reply_text = amqp_bytes_of(SPAN("done")) };

	a->now_ms = now_ms;
	if (a->step < STEP_READY || a->step == STEP_CLOSED)
		return true;
	if (a->step == STEP_READY) {
		amqp_put_method(
		    &a->link.out, 0, AMQP_CONNECTION_CLOSE_METHOD, &close);
		a->step = STEP_CLOSING;
	}
	return !link_run(&a->link, POLLIN, now_ms) ||
	    !link_write(&a->link, now_ms) || a->step == STEP_CLOSED;
}

static int
amqp_check(struct target *t, char *why, size_t size)
{
	struct amqp *a = (struct amqp *)t;

	if (!a->url.secure)
		return EX_OK;
	return tls_check(&t->settings->http.tls, why, size) < 0 ? EX_CONFIG
								: EX_OK;
}

static void
amqp_free(struct target *t)
{
	struct amqp *a = (struct amqp *)t;

	link_release(&a->link);
	amqp_publish_release(a);
	amqp_url_release(&a->url);
	free(a);
}

static const struct target_ops ops = {
	.poll = amqp_poll,
	.work = amqp_work,
	.goodbye = amqp_goodbye,
	.check = amqp_check,
	.probe = amqp_probe,
	.free = amqp_free,
};

/* To which queue, or by which exchange and key. */
static int
put_route(struct amqp *a, const char **why)
{
	const struct amqp_settings *s = &a->target.settings->amqp;

	if (s->exchange == NULL) {
		snprintf(a->about, sizeof(a->about),
		    "virtual host %s, queue %s%s", a->url.vhost, a->url.queue,
		    a->url.passive ? ", passive" : "");
		return 0;
	}
	if (a->url.named || a->url.passive) {
		*why = "names a queue, and --exchange an exchange";
		return -1;
	}
	if (strlen(s->exchange) > AMQP_SHORT) {
		*why = "is for an --exchange of more than 255 bytes";
		return -1;
	}
	snprintf(a->about, sizeof(a->about), "virtual host %s, exchange %s",
	    a->url.vhost, s->exchange);
	return template_parse(&a->key,
	    s->routing_key == NULL ? "" : s->routing_key, TEMPLATE_NAME, why);
}

static struct target *
open_one(char *url, bool blank, const struct settings *settings,
    unsigned number, const char **why)
{
	struct amqp *a = calloc(1, sizeof(*a));

	if (a == NULL) {
		*why = strerror(errno);
		return NULL;
	}
	if (amqp_url_parse(&a->url, url, why) < 0) {
		free(a);
		return NULL;
	}
	if (blank && a->url.url.password != NULL) {
		warn("a password on the command line can be read by others;"
		     " use --url-file or RX_URL");
		url_blank(&a->url.url, url);
	}
	a->target = (struct target){ .ops = &ops,
		.settings = settings,
		.name = a->name,
		.about = a->about,
		.promises = "stdio inet dns rpath",
		.since_ms = stop_now_ms() };
	a->number = (unsigned char)number;
	snprintf(a->name, sizeof(a->name), "%s", a->url.url.shown);
	if (number > 1)
		snprintf(a->name, sizeof(a->name), "%.4000s #%u",
		    a->url.url.shown, number);
	if (put_route(a, why) < 0) {
		amqp_url_release(&a->url);
		free(a);
		return NULL;
	}
	/* The resolver reads in many places; nothing here writes a file. */
	a->target.named = confine_allow("/", "r") == 0;
	a->backoff = settings->backoff;
	link_init(&a->link, on_frame, a);
	a->link.stall_ms = STALL_TIMEOUTS * settings->timeout_ms;
	a->link.host = a->url.url.host;
	if (a->url.secure)
		a->link.tls_files = &settings->http.tls;
	if (amqp_publish_init(a) < 0) {
		*why = strerror(errno);
		amqp_free(&a->target);
		return NULL;
	}
	return &a->target;
}

struct target *
amqp_open(
    char *url, bool blank, const struct settings *settings, const char **why)
{
	unsigned n = settings->amqp.connections;

	if (n < 2)
		return open_one(url, blank, settings, 1, why);
	return amqp_pool_open(url, blank, settings, n, open_one, why);
}
