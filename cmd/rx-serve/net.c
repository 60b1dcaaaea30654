/* SPDX-License-Identifier: MIT */
/*
 * Descriptors other than connections sit in an epoll set of ours, and that set
 * is one descriptor of the library's poll(2).
 */
#include "cmd/rx-serve/net.h"

#include <errno.h>
#include <libwebsockets.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd/rx-serve/tls.h"
#include "lib/diag.h"
#include "lib/stop.h"

#define READ_SIZE (16 * 1024) /* of one read from a connection */
#define WRITE_SIZE (1 << 30) /* one send offers all there is */

static struct {
	struct lws_context *context;
	struct lws_vhost *vhost;
	const struct net_calls *calls;
	int epoll;
	struct net_timer *timers; /* the earliest first */
	struct net_after *after;
	lws_sorted_usec_list_t alarm;
} net = { .epoll = -1 };

/*
 * One at a time: the kernel puts the one it told behind the others, so a
 * watch that is always ready keeps none of them waiting.
 */
static void
dispatch_watch(void)
{
	struct epoll_event event;
	struct net_watch *w;

	if (epoll_wait(net.epoll, &event, 1, 0) > 0) {
		w = event.data.ptr;
		w->ready(w->arg);
	}
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
		lws_rx_flow_control(conn->wsi, 0);
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

	return net.calls->data(conn, plain);
}

static int
on_data(struct net_conn *conn, struct span bytes)
{
	struct span out;

	if (conn->tls == NULL)
		return net.calls->data(conn, bytes);
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
on_room(struct net_conn *conn)
{
	if (conn->full) {
		conn->full = false;
		if (!conn->paused)
			lws_rx_flow_control(conn->wsi, 1);
	}
	/* One write in each call: what TLS itself has to say goes first. */
	if (conn->tls != NULL && tls_out(conn->tls).len > 0) {
		net_ask_room(conn);
		return write_sealed(conn);
	}
	return net.calls->room(conn);
}

static int
on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t len)
{
	struct net_conn *conn;

	(void)user;
	switch (reason) {
	case LWS_CALLBACK_RAW_RX_FILE: dispatch_watch(); return 0;
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
	if (reason == LWS_CALLBACK_RAW_WRITEABLE)
		return on_room(conn);
	lws_set_opaque_user_data(wsi, NULL);
	tls_free(conn->tls);
	net.calls->gone(conn);
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
net_init(const struct net_calls *calls)
{
	static const struct lws_protocols protocols[] = {
		{ .name = "rx",
		    .callback = on_event,
		    .tx_packet_size = WRITE_SIZE },
		{ .name = NULL },
	};
	struct lws_context_creation_info info = { 0 };
	lws_sock_file_fd_type fd;

	lws_set_log_level(LLL_ERR | LLL_WARN, on_library_message);
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	info.gid = (gid_t)-1;
	info.uid = (uid_t)-1;
	info.pt_serv_buf_size = READ_SIZE;
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
	    LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME;
	net.calls = calls;
	if ((net.context = lws_create_context(&info)) == NULL ||
	    (net.vhost = lws_create_vhost(net.context, &info)) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	if ((net.epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		return -1;
	fd.filefd = net.epoll;
	if (lws_adopt_descriptor_vhost(net.vhost, LWS_ADOPT_RAW_FILE_DESC, fd,
		protocols[0].name, NULL) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

void
net_turn(void)
{
	struct net_after *a;

	lws_service(net.context, 0);
	while ((a = net.after) != NULL) {
		net.after = a->next;
		a->set = false;
		a->run(a->arg);
	}
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

void
net_release(void)
{
	lws_context_destroy(net.context);
	net.context = NULL;
}

int
net_adopt(int fd, struct net_conn *conn)
{
	lws_adopt_desc_t about = { 0 };

	*conn = (struct net_conn){ .wsi = NULL };
	if (tls_is_on() && (conn->tls = tls_new()) == NULL) {
		close(fd);
		errno = ENOMEM;
		return -1;
	}
	about.vh = net.vhost;
	about.type = LWS_ADOPT_SOCKET;
	about.fd.sockfd = fd;
	about.vh_prot_name = "rx";
	about.opaque = conn;
	conn->wsi = lws_adopt_descriptor_vhost_via_info(&about);
	if (conn->wsi == NULL) {
		tls_free(conn->tls);
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

void
net_ask_room(struct net_conn *conn)
{
	lws_callback_on_writable(conn->wsi);
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
		lws_rx_flow_control(conn->wsi, !on);
}

void
net_hang_up(struct net_conn *conn)
{
	lws_set_timeout(conn->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

int
net_watch(struct net_watch *w)
{
	struct epoll_event event = { .events = w->room ? EPOLLOUT : EPOLLIN,
		.data.ptr = w };

	return epoll_ctl(net.epoll, EPOLL_CTL_ADD, w->fd, &event);
}

void
net_unwatch(struct net_watch *w)
{
	epoll_ctl(net.epoll, EPOLL_CTL_DEL, w->fd, NULL);
}

static void on_alarm(lws_sorted_usec_list_t *);

static void
set_alarm(void)
{
	int64_t in_ms;

	if (net.timers == NULL) {
		lws_sul_cancel(&net.alarm);
		return;
	}
	if ((in_ms = net.timers->due_ms - stop_now_ms()) < 0)
		in_ms = 0;
	/* In whole milliseconds the library would look up to one too early. */
	lws_sul_schedule(
	    net.context, 0, &net.alarm, on_alarm, (in_ms + 1) * LWS_US_PER_MS);
}

static void
on_alarm(lws_sorted_usec_list_t *alarm)
{
	int64_t now_ms = stop_now_ms();
	struct net_timer *t;

	(void)alarm;
	while ((t = net.timers) != NULL && t->due_ms <= now_ms) {
		net_timer_clear(t);
		t->run(t->arg);
	}
	set_alarm();
}

void
net_timer_set(struct net_timer *t, int64_t in_ms)
{
	struct net_timer **at = &net.timers;

	net_timer_clear(t);
	t->due_ms = stop_now_ms() + in_ms;
	while (*at != NULL && (*at)->due_ms <= t->due_ms)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
	t->armed = true;
	if (net.timers == t)
		set_alarm();
}

void
net_timer_clear(struct net_timer *t)
{
	struct net_timer **at = &net.timers;

	if (!t->armed)
		return;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	t->armed = false;
}

const char *
net_version(void)
{
	return lws_get_library_version();
}
