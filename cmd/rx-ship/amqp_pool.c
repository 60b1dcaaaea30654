/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/amqp_pool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/stop.h"

struct pool {
	struct target target;
	struct target *links[POOL_MAX];
	short revents[POOL_MAX];
	unsigned n, turn;
	int epoll; /* of their sockets: a target has one descriptor */
	char about[640];
};

/* A descriptor that was closed has left the set, its number may be another's */
static void
watch(struct pool *p, unsigned i, const struct pollfd *f)
{
	struct epoll_event e = { .data.u32 = i };

	if (f->fd < 0)
		return;
	e.events = (f->events & POLLIN ? (uint32_t)EPOLLIN : 0) |
	    (f->events & POLLOUT ? (uint32_t)EPOLLOUT : 0);
	if (epoll_ctl(p->epoll, EPOLL_CTL_MOD, f->fd, &e) < 0 &&
	    errno == ENOENT)
		(void)epoll_ctl(p->epoll, EPOLL_CTL_ADD, f->fd, &e);
}

static void
pool_poll(struct target *t, struct pollfd *out, int64_t *until_ms)
{
	struct pool *p = (struct pool *)t;

	for (unsigned i = 0; i < p->n; i++) {
		struct pollfd f = { .fd = -1 };

		p->links[i]->ops->poll(p->links[i], &f, until_ms);
		watch(p, i, &f);
	}
	*out = (struct pollfd){ p->epoll, POLLIN, 0 };
}

static void
look(struct pool *p)
{
	struct epoll_event e[POOL_MAX];
	int n = epoll_wait(p->epoll, e, POOL_MAX, 0);

	memset(p->revents, 0, sizeof(p->revents));
	for (int i = 0; i < n; i++)
		p->revents[e[i].data.u32] =
		    (short)((e[i].events & EPOLLIN ? POLLIN : 0) |
			(e[i].events & EPOLLOUT ? POLLOUT : 0) |
			(e[i].events & EPOLLERR ? POLLERR : 0) |
			(e[i].events & EPOLLHUP ? POLLHUP : 0));
}

/* What others look at: the best of all, and sums. */
static void
copy_state(struct pool *p, int64_t now_ms)
{
	struct target *t = &p->target;
	bool was_up = t->up;

	t->up = t->awaits = false;
	t->sent = t->connects = t->lost = 0;
	t->failures = p->links[0]->failures;
	for (unsigned i = 0; i < p->n; i++) {
		const struct target *l = p->links[i];

		t->up |= l->up;
		t->awaits |= l->awaits;
		t->sent += l->sent;
		t->connects += l->connects;
		t->lost += l->lost;
		if (l->failures < t->failures)
			t->failures = l->failures;
	}
	if (t->up)
		t->failures = 0;
	if (t->up != was_up)
		t->since_ms = now_ms;
}

static void
pool_work(struct target *t, short revents, int64_t now_ms)
{
	struct pool *p = (struct pool *)t;

	(void)revents;
	look(p);
	for (unsigned i = 0; i < p->n; i++) {
		unsigned at = (p->turn + i) % p->n;
		struct target *l = p->links[at];

		l->window = t->window;
		l->hurry = t->hurry;
		l->ops->work(l, p->revents[at], now_ms);
	}
	p->turn = (p->turn + 1) % p->n;
	copy_state(p, now_ms);
}

static bool
pool_goodbye(struct target *t, int64_t now_ms)
{
	struct pool *p = (struct pool *)t;
	bool done = true;

	for (unsigned i = 0; i < p->n; i++)
		done &= p->links[i]->ops->goodbye(p->links[i], now_ms);
	return done;
}

static int
pool_check(struct target *t, char *why, size_t size)
{
	struct target *first = ((struct pool *)t)->links[0];

	return first->ops->check(first, why, size);
}

static int
pool_probe(struct target *t)
{
	struct target *first = ((struct pool *)t)->links[0];

	return first->ops->probe(first);
}

static void
pool_free(struct target *t)
{
	struct pool *p = (struct pool *)t;

	for (unsigned i = 0; i < p->n; i++)
		p->links[i]->ops->free(p->links[i]);
	if (p->epoll >= 0)
		close(p->epoll);
	free(p);
}

static const struct target_ops ops = {
	.poll = pool_poll,
	.work = pool_work,
	.goodbye = pool_goodbye,
	.check = pool_check,
	.probe = pool_probe,
	.free = pool_free,
};

struct target *
amqp_pool_open(char *url, bool blank, const struct settings *settings,
    unsigned n,
    struct target *(*open)(char *url, bool blank, const struct settings *,
	unsigned number, const char **why),
    const char **why)
{
	struct pool *p = calloc(1, sizeof(*p));
	char *copy = strdup(url);

	*why = strerror(ENOMEM);
	if (p != NULL)
		p->epoll = -1;
	if (p != NULL && copy != NULL &&
	    (p->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		*why = strerror(errno);
	else if (p != NULL && copy != NULL)
		for (; p->n < n; p->n++) {
			/* The last one blanks the argument. */
			bool last = p->n + 1 == n;
			struct target *l = open(last ? url : copy,
			    last && blank, settings, p->n + 1, why);

			if (l == NULL)
				break;
			p->links[p->n] = l;
		}
	if (copy != NULL)
		explicit_bzero(copy, strlen(copy));
	free(copy);
	if (p == NULL || p->n < n) {
		if (p != NULL)
			pool_free(&p->target);
		return NULL;
	}
	snprintf(p->about, sizeof(p->about), "%s, %u connections",
	    p->links[0]->about, n);
	p->target = (struct target){ .ops = &ops,
		.settings = settings,
		.name = p->links[0]->name,
		.about = p->about,
		.promises = p->links[0]->promises,
		.named = p->links[0]->named,
		.since_ms = stop_now_ms() };
	return &p->target;
}
