/* SPDX-License-Identifier: MIT */
#include "cmd/rx-spool/turn.h"

#include "cmd/rx-spool/emit.h"
#include "cmd/rx-spool/push.h"
#include "lib/diag.h"
#include "lib/stop.h"

/*
 * Nobody waits longer for news, whatever was missed: without a watch all is, with
 * one that of a process killed between its commit and telling of it.
 */
#define NET_MS 1000
#define NET_WATCHED_MS 5000

static void
begin(struct turn *t)
{
	t->readable = t->fd[TURN_IN].revents != 0;
	t->news = false;
	t->wait_ms = INT64_MAX;
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

/*
 * Until there is something to do.  A look for what was missed costs no more than
 * the question whether somebody has committed: on a quiet host there is nothing
 * else to do, for days.
 */
static void
await(struct turn *t, struct store *st)
{
	int64_t now = stop_now_ms(), wait, net_ms = NET_WATCHED_MS;
	int64_t until = t->wait_ms == INT64_MAX ? INT64_MAX : now + t->wait_ms;
	int got;

	if (t->news)
		turn_await(t, TURN_NEWS, store_watch(st));
	if (t->news && t->fd[TURN_NEWS].fd < 0)
		net_ms = NET_MS;
	do {
		now = stop_now_ms();
		wait = until == INT64_MAX ? -1 : until > now ? until - now : 0;
		if (t->news && (wait < 0 || wait > net_ms))
			wait = net_ms;
		if ((got = stop_wait(t->fd, TURN_FDS, wait)) < 0)
			die_sys(EX_IOERR, "unable to wait");
		t->moved = t->news && store_moved(st);
		/* Before its time: a signal asks for a turn. */
	} while (!t->moved && got == 0 && wait == net_ms && !stop_asked() &&
	    stop_now_ms() >= now + wait && stop_now_ms() < until);
}

void
turn_run(struct store *st, struct push *p, struct emit *e)
{
	struct turn t = { .moved = e != NULL && store_moved(st) };

	for (;;) {
		begin(&t);
		if (p != NULL && !push_turn(p, &t)) {
			p = NULL;
			if (e != NULL)
				emit_until_done(e);
		}
		if (e != NULL && !emit_turn(e, &t))
			e = NULL;
		if (p == NULL && e == NULL)
			return;
		await(&t, st);
	}
}
