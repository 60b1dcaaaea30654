/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/amqp_link.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const char greeting[8] = { 'A', 'M', 'Q', 'P', 0, 0, 9, 1 };

bool
link_fail(struct link *l, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(l->why, sizeof(l->why), format, args);
	va_end(args);
	return false;
}

void
link_init(
    struct link *l, bool (*on_frame)(void *, const amqp_frame_t *), void *arg)
{
	*l = (struct link){ .on_frame = on_frame, .arg = arg, .fd = -1 };
	buf_init(&l->out);
}

void
link_close(struct link *l)
{
	tls_end(&l->tls);
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	l->connected = l->blocked = l->owing = false;
	l->blameless = false;
	l->written = l->taken = 0;
	l->heartbeat_ms = 0;
	if (l->found != NULL)
		freeaddrinfo(l->found);
	l->found = l->trying = NULL;
	if (l->codec != NULL)
		amqp_destroy_connection(l->codec);
	l->codec = NULL;
	buf_reset(&l->out);
	l->done = 0;
}

void
link_release(struct link *l)
{
	link_close(l);
	buf_release(&l->out);
}

bool
link_is_open(const struct link *l)
{
	return l->fd >= 0;
}

size_t
link_pending(const struct link *l)
{
	return l->out.len - l->done;
}

/* What the system gives up on after TCP_USER_TIMEOUT is no message's fault. */
static bool
system_fail(struct link *l)
{
	if (errno == EAGAIN || errno == EINTR)
		return true;
	l->blameless = errno == ETIMEDOUT;
	if (errno == EPROTO && l->tls_files != NULL)
		return link_fail(l, "%s", l->tls.why);
	return link_fail(l, "%s",
	    errno == ETIMEDOUT ? "the broker takes nothing" : strerror(errno));
}

static void
set_option(int fd, int level, int option, int value)
{
	/* What the system lacks is made up for by our own timers. */
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

static void
set_user_timeout(struct link *l)
{
#ifdef TCP_USER_TIMEOUT
	set_option(l->fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
	    l->blocked ? 0 : (int)l->stall_ms);
#endif
}

/* Begins to connect to the next address that allows it. */
static bool
try_address(struct link *l)
{
	for (; l->trying != NULL; l->trying = l->trying->ai_next) {
		l->fd = socket(l->trying->ai_family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (l->fd < 0) {
			link_fail(l, "no socket: %s", strerror(errno));
			continue;
		}
		set_option(l->fd, IPPROTO_TCP, TCP_NODELAY, 1);
		set_option(l->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
		set_user_timeout(l);
		if (connect(l->fd, l->trying->ai_addr, l->trying->ai_addrlen) ==
			0 ||
		    errno == EINPROGRESS)
			return true;
		link_fail(l, "%s", strerror(errno));
		close(l->fd);
		l->fd = -1;
	}
	return false;
}

bool
link_open(struct link *l, const char *host, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV };
	int error = getaddrinfo(host, port, &hints, &l->found);

	if (error != 0) {
		l->found = NULL;
		return link_fail(l, "%s: %s", host,
		    error == EAI_SYSTEM ? strerror(errno)
					: gai_strerror(error));
	}
	if ((l->codec = amqp_new_connection()) == NULL)
		return link_fail(l, "out of memory");
	buf_add(&l->out, (struct span){ greeting, sizeof(greeting) });
	l->trying = l->found;
	return try_address(l);
}

static bool
shake(struct link *l, int64_t now_ms)
{
	int done = 1;

	if (l->tls_files != NULL && (done = tls_shake(&l->tls)) < 0)
		return system_fail(l);
	if (done > 0) {
		l->connected = true;
		l->heard_ms = l->said_ms = l->taken_ms = now_ms;
	}
	return true;
}

/* The socket is writable: connected, or refused. */
static bool
finish_connect(struct link *l, int64_t now_ms)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (tls_is_on(&l->tls))
		return shake(l, now_ms);
	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		error = errno;
	if (error == 0 && l->tls_files != NULL &&
	    tls_start(&l->tls, l->fd, l->host, l->tls_files) < 0)
		return link_fail(l, "%s", l->tls.why);
	if (error == 0)
		return shake(l, now_ms);
	link_fail(l, "%s", strerror(error));
	close(l->fd);
	l->fd = -1;
	l->trying = l->trying->ai_next;
	return try_address(l);
}

void
link_poll(const struct link *l, struct pollfd *p, int64_t *until_ms)
{
	int64_t until = INT64_MAX;

	p->fd = l->fd;
	p->events = POLLIN;
	if (!l->connected)
		p->events = tls_is_on(&l->tls) ? l->tls.want : POLLOUT;
	else if (link_pending(l) > 0)
		p->events |= POLLOUT;
	if (l->connected && l->heartbeat_ms > 0) {
		until = l->heard_ms + 2 * l->heartbeat_ms;
		if (l->said_ms + l->heartbeat_ms / 2 < until)
			until = l->said_ms + l->heartbeat_ms / 2;
	}
	if (l->connected && !l->blocked && l->owing &&
	    l->taken_ms + l->stall_ms < until)
		until = l->taken_ms + l->stall_ms;
	if (until < *until_ms)
		*until_ms = until;
}

static bool
take_frames(struct link *l, struct span left)
{
	amqp_frame_t frame;
	int some;

	while ((some = amqp_decode(l->codec, &left, &frame)) > 0)
		if (!l->on_frame(l->arg, &frame))
			return false;
	return some == 0 || link_fail(l, "the broker does not speak AMQP");
}

static bool
read_frames(struct link *l, int64_t now_ms)
{
	bool hidden = l->tls_files != NULL;
	char bytes[LINK_READ];
	ssize_t got;

	/* What OpenSSL holds already, poll(2) does not tell. */
	do {
		got = hidden ? tls_read(&l->tls, bytes, sizeof(bytes))
			     : recv(l->fd, bytes, sizeof(bytes), 0);
		if (got == 0)
			return link_fail(l, "the broker closed the connection");
		if (got < 0)
			return system_fail(l);
		l->heard_ms = now_ms;
		if (!take_frames(l, (struct span){ bytes, (size_t)got }))
			return false;
	} while (hidden);
	return true;
}

bool
link_write(struct link *l, int64_t now_ms)
{
	if (l->out.failed)
		return link_fail(l, "out of memory");
	while (link_pending(l) > 0) {
		const char *at = l->out.at + l->done;
		size_t n = link_pending(l);
		ssize_t took = l->tls_files != NULL
		    ? tls_write(&l->tls, at, n)
		    : send(l->fd, at, n, MSG_NOSIGNAL);

		if (took < 0)
			return system_fail(l);
		l->done += (size_t)took;
		l->written += (uint64_t)took;
		l->said_ms = now_ms;
		if (!l->owing)
			l->taken_ms = now_ms;
		l->owing = true;
	}
	buf_reset(&l->out);
	l->done = 0;
	return true;
}

/*
 * Whether the peer's system took any byte since the last look.  What the
 * kernel holds counts as ours: its buffers hide a peer that stopped reading.
 */
static bool
is_taking(struct link *l, int64_t now_ms)
{
	uint64_t taken;
	int queued = 0;

	if (now_ms < l->taken_ms + l->stall_ms)
		return true;
	(void)ioctl(l->fd, SIOCOUTQ, &queued);
	taken = l->written - (uint64_t)queued;
	if (taken == l->taken && (queued > 0 || link_pending(l) > 0))
		return false;
	l->taken = taken;
	l->taken_ms = now_ms;
	l->owing = queued > 0 || link_pending(l) > 0;
	return true;
}

static bool
keep_time(struct link *l, int64_t now_ms)
{
	if (l->heartbeat_ms > 0 &&
	    now_ms >= l->heard_ms + 2 * l->heartbeat_ms) {
		l->blameless = true;
		return link_fail(l, "no sign of life for %jd s",
		    (intmax_t)(2 * l->heartbeat_ms / 1000));
	}
	if (l->owing && !l->blocked && !is_taking(l, now_ms)) {
		l->blameless = true;
		return link_fail(l, "the broker takes nothing");
	}
	if (l->heartbeat_ms > 0 && link_pending(l) == 0 &&
	    now_ms >= l->said_ms + l->heartbeat_ms / 2)
		amqp_put_heartbeat(&l->out);
	return true;
}

bool
link_run(struct link *l, short revents, int64_t now_ms)
{
	if (!l->connected)
		return revents == 0 || finish_connect(l, now_ms);
	if ((revents & (POLLIN | POLLERR | POLLHUP)) != 0 &&
	    !read_frames(l, now_ms))
		return false;
	return keep_time(l, now_ms);
}

bool
link_tuned(struct link *l, int frame_max, int64_t heartbeat_ms)
{
	l->heartbeat_ms = heartbeat_ms;
	/* The codec's own heartbeats stay off: it has no socket. */
	return amqp_tune_connection(l->codec, 1, frame_max, 0) ==
	    AMQP_STATUS_OK ||
	    link_fail(l, "out of memory");
}

void
link_set_blocked(struct link *l, bool blocked, int64_t now_ms)
{
	l->blocked = blocked;
	l->taken_ms = now_ms;
	/* A closed window is no dead peer while the peer has said so. */
	set_user_timeout(l);
}
