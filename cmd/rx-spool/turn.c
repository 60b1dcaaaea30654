/* SPDX-License-Identifier: MIT */
#include "cmd/rx-spool/turn.h"

#include "cmd/rx-spool/emit.h"
#include "cmd/rx-spool/push.h"
#include "lib/diag.h"
#include "lib/stop.h"

#define NET_MS 1000 /* nobody waits longer, whatever was missed */

static void
begin(struct turn *t, struct store *st)
{
	t->readable = t->fd[TURN_IN].revents != 0;
	t->moved = t->news && store_moved(st);
	t->news = false;
	t->wait_ms = NET_MS;
	for (int i = 0; i < TURN_FDS; i++)
		t->fd[i] = (struct pollfd){ -1, 0, 0 };
}

void
turn_await(struct turn *t, enum turn_fd which, int fd)
{
	t->fd[which].fd = fd;
	t->fd[which].events = which == TURN_OUT ? POLLOUT : POLLIN;
}

void
turn_news(struct turn *t)
{
	t->news = true;
}

void
turn_within(struct turn *t, int64_t ms)
{
	if (ms < t->wait_ms)
		t->wait_ms = ms < 0 ? 0 : ms;
}

void
turn_run(struct store *st, struct push *p, struct emit *e)
{
	struct turn t = { .news = e != NULL };

	for (;;) {
		begin(&t, st);
		if (p != NULL && !push_turn(p, &t)) {
			p = NULL;
			if (e != NULL)
				emit_until_done(e);
		}
		if (e != NULL && !emit_turn(e, &t))
			e = NULL;
		if (p == NULL && e == NULL)
			return;
		if (t.news)
			turn_await(&t, TURN_NEWS, store_watch(st));
		if (stop_wait(t.fd, TURN_FDS, t.wait_ms) < 0)
			die_sys(EX_IOERR, "unable to wait");
	}
}
