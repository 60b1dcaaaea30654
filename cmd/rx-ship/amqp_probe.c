/* SPDX-License-Identifier: MIT */
/*
 * --check --net: the connection, TLS, the login and a look at the queue or the
 * exchange; nothing is declared and no message sent.
 */
#include "cmd/rx-ship/amqp_target.h"
#include "lib/cli.h"
#include "lib/stop.h"

#define GOODBYE_MS 1000

static short
wait_once(struct amqp *a, int64_t due_ms)
{
	int64_t until_ms = due_ms, now_ms = stop_now_ms();
	struct pollfd p;

	link_poll(&a->link, &p, &until_ms);
	if (poll(&p, 1, until_ms > now_ms ? (int)(until_ms - now_ms) : 0) <= 0)
		p.revents = 0;
	a->now_ms = stop_now_ms();
	return p.revents;
}

static bool
go_on(struct amqp *a, int64_t due_ms)
{
	short revents = wait_once(a, due_ms);

	if (a->now_ms >= due_ms)
		return link_fail(&a->link, "%s",
		    a->link.connected ? "login takes too long"
				      : "no answer in time");
	return link_run(&a->link, revents, a->now_ms) &&
	    (!a->link.connected || link_write(&a->link, a->now_ms));
}

int
amqp_probe(struct target *t)
{
	struct amqp *a = (struct amqp *)t;
	int64_t due_ms = stop_now_ms() + t->settings->timeout_ms;
	bool good;

	a->looks = true;
	a->step = STEP_START;
	good = link_open(&a->link, a->url.url.host, a->url.port);
	while (good && a->step < STEP_READY)
		good = go_on(a, due_ms);
	if (good) {
		info("%s: it lets us in%s", t->name,
		    a->declare ? ", and the queue is yet to be made" : "");
		due_ms = stop_now_ms() + GOODBYE_MS;
		while (!t->ops->goodbye(t, stop_now_ms()) &&
		    stop_now_ms() < due_ms)
			(void)wait_once(a, due_ms);
	} else {
		url_hide(&a->url.url, a->link.why);
		warn("%s: %s", t->name, a->link.why);
	}
	link_close(&a->link);
	a->step = STEP_DOWN;
	return good ? EX_OK : EX_UNAVAILABLE;
}
