/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/diag.h"

#define SEND_BYTES (128 * 1024) /* the kernel doubles it */
#define AT_ONCE 16 /* accepted in a row, so that others get their turn */

static struct diag_rate told;

static void
start_again(void *arg)
{
	struct listener *l = arg;

	if (net_watch(&l->watch) < 0)
		net_timer_set(&l->pause, LISTENER_PAUSE_MS);
}

static void
on_ready(void *arg)
{
	struct listener *l = arg;
	struct sockaddr_storage at;
	struct address peer;

	for (int i = 0; i < AT_ONCE; i++) {
		socklen_t len = sizeof(at);
		int fd = accept4(l->watch.fd, (struct sockaddr *)&at, &len,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			peer = address_of((struct sockaddr *)&at);
			l->taken(l, fd, &peer);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM) {
			warn_every(&told, "no connection can be accepted: %s",
			    strerror(errno));
			net_unwatch(&l->watch);
			net_timer_set(&l->pause, LISTENER_PAUSE_MS);
		}
		return; /* else the peer gave up, or there is none */
	}
}

int
listener_open(struct listener *l, const struct address *address, uint16_t port,
    void (*taken)(struct listener *, int fd, const struct address *))
{
	struct sockaddr_storage at;
	socklen_t len = address_socket(address, port, &at);
	const int on = 1, send_bytes = SEND_BYTES;
	int fd =
	    socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (at.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/*
	 * Inherited by what is accepted: small messages go out at once, and a
	 * slow reader has no more than this before it and the next ping.
	 */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof(send_bytes));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, len) < 0 ||
	    listen(fd, SOMAXCONN) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) < 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	*l = (struct listener){ .port = address_port(&at), .taken = taken };
	l->watch = (struct net_watch){ .fd = fd, .ready = on_ready, .arg = l };
	l->pause = (struct net_timer){ .run = start_again, .arg = l };
	return 0;
}

int
listener_start(struct listener *l)
{
	return net_watch(&l->watch);
}

void
listener_close(struct listener *l)
{
	net_timer_clear(&l->pause);
	net_unwatch(&l->watch);
	close(l->watch.fd);
}
