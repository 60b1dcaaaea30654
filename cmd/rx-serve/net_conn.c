/* SPDX-License-Identifier: MIT */
/*
 * The library owns a connection's socket, reads it, and keeps what the kernel did
 * not take.  Whether there is room is not asked before a write: nearly always
 * there is, and the kernel says so when there is not.
 */
#include <errno.h>
#include <libwebsockets.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd/rx-serve/net.h"
#include "cmd/rx-serve/net_part.h"
#include "cmd/rx-serve/tls.h"
#include "lib/diag.h"

#define READ_SIZE (16 * 1024) /* of one read from a connection */
#define WRITE_SIZE (1 << 30) /* one send offers all there is */

TAILQ_HEAD(conns, net_conn);

static struct {
	struct lws_context *context;
	struct lws_vhost *vhost;
	const struct net_calls *calls;
	int epoll;
	struct conns asked, leaving;
} all;

static void
look_for(struct net_conn *conn)
{
	struct epoll_event event = { .data.ptr = conn };

	event.events = conn->full ? EPOLLOUT : conn->paused ? 0 : EPOLLIN;
	epoll_ctl(
	    all.epoll, EPOLL_CTL_MOD, lws_get_socket_fd(conn->wsi), &event);
}

static int
write_raw(struct net_conn *conn, struct span bytes)
{
	/* The library takes a char pointer and leaves the bytes alone. */
	if (lws_write(conn->wsi, (unsigned char *)(uintptr_t)bytes.at,
		bytes.len, LWS_WRITE_RAW) < 0)
		return -1;
	if (lws_partial_buffered(conn->wsi)) {
		conn->full = true;
		look_for(conn);
	}
	return 0;
}

static int
write_sealed(struct net_conn *conn)
{
	int error = write_raw(conn, tls_out(conn->tls));

	tls_sent(conn->tls);
	return error;
}

static int
hand_on(void *arg, struct span plain)
{
	struct net_conn *conn = arg;

	return all.calls->data(conn, plain);
}

static int
on_data(struct net_conn *conn, struct span bytes)
{
	struct span out;

	if (conn->tls == NULL)
		return all.calls->data(conn, bytes);
	if (tls_feed(conn->tls, bytes, hand_on, conn) < 0) {
		/* The alert that tells why, if there is room for it now. */
		out = tls_out(conn->tls);
		if (out.len > 0 && !conn->full)
			(void)send(lws_get_socket_fd(conn->wsi), out.at,
			    out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		return -1;
	}
	if (tls_out(conn->tls).len > 0)
		net_ask_room(conn);
	return 0;
}

static int
give_room(struct net_conn *conn)
{
	/* One write in each call: what TLS itself has to say goes first. */
	if (conn->tls != NULL && tls_out(conn->tls).len > 0) {
		net_ask_room(conn);
		return write_sealed(conn);
	}
	return all.calls->room(conn);
}

/* The library has written what it kept. */
static void
on_drained(struct net_conn *conn)
{
	conn->full = false;
	look_for(conn);
	net_ask_room(conn);
}

static void
on_gone(struct net_conn *conn)
{
	if (conn->asked)
		TAILQ_REMOVE(&all.asked, conn, to_ask);
	if (conn->leaving)
		TAILQ_REMOVE(&all.leaving, conn, to_leave);
	/* A child that was forked meanwhile would keep it in the set. */
	epoll_ctl(all.epoll, EPOLL_CTL_DEL, lws_get_socket_fd(conn->wsi), NULL);
	tls_free(conn->tls);
	all.calls->gone(conn);
}

static int
on_call(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
    size_t len)
{
	struct net_conn *conn;

	(void)user;
	switch (reason) {
	case LWS_CALLBACK_RAW_RX:
	case LWS_CALLBACK_RAW_WRITEABLE:
	case LWS_CALLBACK_RAW_CLOSE: break;
	default: return 0;
	}
	conn = lws_get_opaque_user_data(wsi);
	if (conn == NULL || conn->wsi == NULL)
		return 0; /* its adoption failed */
	if (reason == LWS_CALLBACK_RAW_RX)
		return on_data(conn, (struct span){ in, len });
	if (reason == LWS_CALLBACK_RAW_WRITEABLE) {
		on_drained(conn);
		return 0;
	}
	lws_set_opaque_user_data(wsi, NULL);
	on_gone(conn);
	return 0;
}

static void
on_library_message(int level, const char *line)
{
	size_t len = strcspn(line, "\n");

	(void)level;
	debug("libwebsockets: %.*s", (int)len, line);
}

int
net_conns_open(const struct net_calls *calls, int epoll)
{
	static const struct lws_protocols protocols[] = {
		{ .name = "rx",
		    .callback = on_call,
		    .tx_packet_size = WRITE_SIZE },
		{ .name = NULL },
	};
	struct lws_context_creation_info info = { 0 };

	lws_set_log_level(LLL_ERR | LLL_WARN, on_library_message);
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	info.gid = (gid_t)-1;
	info.uid = (uid_t)-1;
	info.pt_serv_buf_size = READ_SIZE;
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
	    LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME;
	all.calls = calls;
	all.epoll = epoll;
	TAILQ_INIT(&all.asked);
	TAILQ_INIT(&all.leaving);
	if ((all.context = lws_create_context(&info)) == NULL ||
	    (all.vhost = lws_create_vhost(all.context, &info)) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

void
net_conns_close(void)
{
	lws_context_destroy(all.context);
	all.context = NULL;
}

static void
close_now(void *wsi)
{
	lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

/* EPOLLIN and its kin are the bits of poll(2), see epoll_ctl(2). */
void
net_conn_event(struct net_conn *conn, uint32_t events)
{
	struct lws_pollfd event = { .fd = lws_get_socket_fd(conn->wsi),
		.events = conn->full ? POLLOUT : POLLIN,
		.revents = (short)events };

	lws_service_fd(all.context, &event);
}

/* Who asks again in its turn gets it in the next one. */
bool
net_conns_turn(void)
{
	struct net_conn *conn, *last = TAILQ_LAST(&all.asked, conns);
	bool done = last == NULL;

	while (!done) {
		conn = TAILQ_FIRST(&all.asked);
		done = conn == last;
		TAILQ_REMOVE(&all.asked, conn, to_ask);
		conn->asked = false;
		/* Who is full asks when it is not any more. */
		if (!conn->full && give_room(conn) < 0)
			net_hang_up(conn);
	}
	while ((conn = TAILQ_FIRST(&all.leaving)) != NULL)
		close_now(conn->wsi);
	return !TAILQ_EMPTY(&all.asked);
}

int
net_adopt(int fd, struct net_conn *conn)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = conn };
	lws_adopt_desc_t about = { 0 };
	void *wsi;

	*conn = (struct net_conn){ .wsi = NULL };
	if (tls_is_on() && (conn->tls = tls_new()) == NULL) {
		close(fd);
		errno = ENOMEM;
		return -1;
	}
	about.vh = all.vhost;
	about.type = LWS_ADOPT_SOCKET;
	about.fd.sockfd = fd;
	about.vh_prot_name = "rx";
	about.opaque = conn;
	wsi = lws_adopt_descriptor_vhost_via_info(&about);
	if (wsi != NULL &&
	    epoll_ctl(all.epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		close_now(wsi);
		wsi = NULL;
	}
	if (wsi == NULL) {
		tls_free(conn->tls);
		errno = ENOMEM;
		return -1;
	}
	conn->wsi = wsi;
	return 0;
}

void
net_ask_room(struct net_conn *conn)
{
	if (conn->asked)
		return;
	conn->asked = true;
	TAILQ_INSERT_TAIL(&all.asked, conn, to_ask);
}

int
net_write(struct net_conn *conn, struct span bytes)
{
	if (conn->tls == NULL)
		return write_raw(conn, bytes);
	return tls_seal(conn->tls, bytes) < 0 ? -1 : write_sealed(conn);
}

int
net_finish(struct net_conn *conn)
{
	if (conn->tls != NULL && !conn->said_bye) {
		conn->said_bye = true;
		tls_bye(conn->tls);
		net_ask_room(conn);
		return 0;
	}
	return shutdown(lws_get_socket_fd(conn->wsi), SHUT_WR) < 0 ? -1 : 1;
}

void
net_pause(struct net_conn *conn, bool on)
{
	if (conn->paused == on)
		return;
	conn->paused = on;
	if (!conn->full)
		look_for(conn);
}

void
net_hang_up(struct net_conn *conn)
{
	if (conn->leaving)
		return;
	conn->leaving = true;
	TAILQ_INSERT_TAIL(&all.leaving, conn, to_leave);
}

const char *
net_version(void)
{
	return lws_get_library_version();
}
