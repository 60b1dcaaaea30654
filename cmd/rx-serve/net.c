/* SPDX-License-Identifier: MIT */
/*
 * One epoll set of ours holds the connections and, as one descriptor, a second
 * set with all that is no connection.  The library's own wait is poll(2), and
 * with 500 clients of a stream that was 28 % of the processor time: it asks each
 * of them again in each turn.
 */
#include "cmd/rx-serve/net.h"

#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "cmd/rx-serve/net_part.h"
#include "lib/stop.h"

#define TURN 64 /* events taken in a turn */

static struct {
	int epoll;
	int watches; /* the second set; in the first its pointer is NULL */
	struct net_after *after;
	bool more; /* something is to be done without an event */
} net = { .epoll = -1, .watches = -1 };

int
net_init(const struct net_calls *calls)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

	if ((net.epoll = epoll_create1(EPOLL_CLOEXEC)) < 0 ||
	    (net.watches = epoll_create1(EPOLL_CLOEXEC)) < 0 ||
	    epoll_ctl(net.epoll, EPOLL_CTL_ADD, net.watches, &event) < 0)
		return -1;
	return net_conns_open(calls, net.epoll);
}

void
net_release(void)
{
	net_conns_close();
	close(net.watches);
	close(net.epoll);
	net.watches = net.epoll = -1;
}

/*
 * One at a time: what it does may end another watch, and the kernel puts the
 * one it told behind the others, so none that is always ready keeps them waiting.
 */
static void
dispatch_watch(void)
{
	struct epoll_event event;
	struct net_watch *w;

	if (epoll_wait(net.watches, &event, 1, 0) > 0) {
		w = event.data.ptr;
		w->ready(w->arg);
	}
}

static void
run_after(void)
{
	struct net_after *a;

	while ((a = net.after) != NULL) {
		net.after = a->next;
		a->set = false;
		a->run(a->arg);
	}
}

void
net_turn(void)
{
	struct pollfd any = { .fd = net.epoll, .events = POLLIN };
	struct epoll_event events[TURN];
	int n = epoll_wait(net.epoll, events, TURN, 0);

	if (n <= 0 && !net.more)
		stop_wait(&any, 1, net_timers_wait_ms());
	/* Only its own event ends a connection: none of these is gone yet. */
	for (int i = 0; i < n; i++)
		if (events[i].data.ptr == NULL)
			dispatch_watch();
		else
			net_conn_event(events[i].data.ptr, events[i].events);
	net_timers_run();
	run_after();
	net.more = net_conns_turn();
}

void
net_after(struct net_after *a)
{
	if (a->set)
		return;
	a->set = true;
	a->next = net.after;
	net.after = a;
}

int
net_watch(struct net_watch *w)
{
	struct epoll_event event = { .events = w->room ? EPOLLOUT : EPOLLIN,
		.data.ptr = w };

	return epoll_ctl(net.watches, EPOLL_CTL_ADD, w->fd, &event);
}

void
net_unwatch(struct net_watch *w)
{
	epoll_ctl(net.watches, EPOLL_CTL_DEL, w->fd, NULL);
}
