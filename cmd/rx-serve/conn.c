/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/conn.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd/rx-serve/auth.h"
#include "cmd/rx-serve/conn_part.h"
#include "cmd/rx-serve/files.h"
#include "cmd/rx-serve/ingest.h"
#include "cmd/rx-serve/tls.h"
#include "lib/diag.h"
#include "lib/stop.h"

#define SWEEP_MS 1000
#define GRANTS_MS 10000 /* between two looks whether credentials have ended */

static struct {
	const struct conn_about *about;
	struct conn *list;
	struct conn_counts counts;
	struct net_timer sweep;
	int64_t grants_ms; /* when to look next */
	struct diag_rate told_refused, told_full, told_foreign;
} all;

const struct conn_about *
conn_about(void)
{
	return all.about;
}

static void
hang_up(struct conn *c)
{
	if (!c->leaving)
		net_hang_up(&c->net);
	c->leaving = true;
}

static void
leave_state(struct conn *c)
{
	if (c->state == STREAM)
		stream_leave(c->exchange.stream, &c->client);
	else if (c->state == BODY)
		conn_body_leave(c);
	else if (c->state == WAIT)
		exchange_leave(&c->exchange);
}

void
conn_enter(struct conn *c, enum state state, int64_t within_ms)
{
	leave_state(c);
	c->state = state;
	c->entered_ms = stop_now_ms();
	c->due_ms = c->entered_ms + within_ms;
}

void
conn_refuse(struct conn *c, int status, const char *why)
{
	c->exchange.refusal = (struct http_refusal){ status, why, NULL, 0 };
}

void
conn_reply(struct conn *c)
{
	const struct http_refusal *r = &c->exchange.refusal;

	if (r->status != 0) {
		all.counts.refused++;
		if (r->status == 403 || r->status == 421)
			warn_every(&all.told_refused, "refused: %s", r->why);
		else
			debug("answered %d: %s", r->status, r->why);
		http_refuse(&c->out, r);
	}
	if (c->exchange.cors != NULL)
		http_allow_origin(&c->out, c->exchange.cors);
	if (c->exchange.request.method == METHOD_HEAD)
		http_only_head(&c->out);
	conn_enter(c, REPLY, all.about->pong_ms);
	c->keeps = c->exchange.keeps && r->status == 0;
	if (!c->keeps)
		buf_release(&c->in);
}

static void
begin(struct conn *c, size_t head)
{
	struct exchange *x = &c->exchange;

	exchange_begin(x, (struct span){ c->in.at, head });
	if (x->refusal.status == 0 && x->stream != NULL) {
		if (conn_stream_begin(c) < 0) {
			c->in.failed = true; /* the caller hangs up */
			return;
		}
		/* The bytes behind the head are the first frames. */
		conn_stream_feed(c, span_skip(buf_span(&c->in), head));
		buf_release(&c->in);
	} else if (x->refusal.status == 0 && x->wants_body)
		conn_body_begin(c, head);
	else if (exchange_waits(x))
		conn_enter(c, WAIT, 2 * INGEST_PATIENCE_MS);
	else
		conn_reply(c);
}

static int
take_head(struct conn *c)
{
	const char *why;
	size_t head;
	int status;

	if ((head = request_head(buf_span(&c->in))) > 0)
		begin(c, head);
	else if ((status = request_doubt(buf_span(&c->in), &why)) != 0) {
		conn_refuse(c, status, why);
		conn_reply(c);
	} else
		return 0;
	if (c->out.failed || c->in.failed)
		return -1;
	net_ask_room(&c->net);
	return 0;
}

/* Behind an answer that keeps the connection: as one that is new. */
static int
next_request(struct conn *c)
{
	struct exchange *x = &c->exchange;
	struct exchange fresh = {
		.port = x->port, .out = x->out, .end = x->end, .done = x->done
	};

	*x = fresh;
	c->keeps = false;
	conn_enter(
	    c, HEAD, c->in.len > 0 ? all.about->header_ms : CONN_IDLE_MS);
	net_pause(&c->net, false);
	return c->in.len > 0 ? take_head(c) : 0;
}

static int
on_data(struct net_conn *net, struct span bytes)
{
	struct conn *c = (struct conn *)net;

	if (c->state == STREAM)
		conn_stream_feed(c, bytes);
	if (c->state != HEAD && c->state != BODY && c->state != WAIT &&
	    !c->keeps)
		return 0; /* thrown away */
	if (c->state == HEAD && c->in.len == 0 && c->written)
		/* The first byte of a next request: its time begins. */
		c->due_ms = stop_now_ms() + all.about->header_ms;
	buf_add(&c->in, bytes);
	if (c->in.failed)
		return -1;
	if (c->state == HEAD)
		return take_head(c);
	if (c->state == BODY)
		return conn_body_take(c);
	/* The next request has come too soon: no more of it for now. */
	net_pause(&c->net, true);
	return 0;
}

static void
on_answered(struct exchange *x)
{
	struct conn *c =
	    (struct conn *)((char *)x - offsetof(struct conn, exchange));

	conn_reply(c);
	net_ask_room(&c->net);
}

static int
write_out(struct conn *c)
{
	int error = net_write(&c->net, buf_span(&c->out));

	buf_release(&c->out);
	c->written = true;
	net_ask_room(&c->net);
	return error;
}

/* The next of it; who takes none of it for too long is gone. */
static int
send_file(struct conn *c)
{
	if (files_read(&c->exchange.file, &c->out) < 0)
		return -1;
	c->due_ms = stop_now_ms() + all.about->pong_ms;
	return write_out(c);
}

static int
on_room(struct net_conn *net)
{
	struct conn *c = (struct conn *)net;
	int finished;

	if (c->out.len > 0)
		return write_out(c);
	switch (c->state) {
	case HEAD:
	case BODY:
	case WAIT:
	case LINGER: return 0;
	case STREAM: return stream_room(c->exchange.stream, &c->client);
	case REPLY:
		if (c->exchange.file.left > 0)
			return send_file(c);
		if (c->keeps)
			return next_request(c);
		break;
	case CLOSING: break;
	}
	/* All is written: say so, and wait for the other side to. */
	if ((finished = net_finish(&c->net)) > 0)
		conn_enter(c, LINGER, CONN_LINGER_MS);
	return finished < 0 ? -1 : 0;
}

static void
on_gone(struct net_conn *net)
{
	struct conn *c = (struct conn *)net;

	leave_state(c);
	peers_leave(&c->peer);
	files_close(&c->exchange.file);
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		all.list = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	all.counts.open--;
	buf_release(&c->in);
	buf_release(&c->out);
	free(c);
}

const struct net_calls conn_calls = { on_data, on_room, on_gone };

static void
overdue(struct conn *c)
{
	if ((c->state == HEAD && c->in.len > 0) || c->state == BODY) {
		conn_refuse(c, 408, "the request came too slowly");
		conn_reply(c);
		net_ask_room(&c->net);
	} else if (c->state == STREAM && !c->pinged)
		conn_stream_ping(c);
	else
		hang_up(c);
}

static void
sweep(void *arg)
{
	int64_t now_ms = stop_now_ms();

	(void)arg;
	for (struct conn *c = all.list; c != NULL; c = c->next) {
		c->frames = 0;
		if (c->state == BODY)
			conn_body_time(c);
		if (c->due_ms <= now_ms)
			overdue(c);
	}
	if (now_ms >= all.grants_ms)
		conn_check_grants();
	net_timer_set(&all.sweep, SWEEP_MS);
}

void
conn_check_grants(void)
{
	for (struct conn *c = all.list; c != NULL; c = c->next)
		if (c->state == STREAM &&
		    !auth_holds(&c->exchange.grant, SCOPE_READ))
			conn_stream_close(c, 1008);
	all.grants_ms = stop_now_ms() + GRANTS_MS;
}

void
conn_init(const struct conn_about *about)
{
	all.about = about;
	all.sweep = (struct net_timer){ .run = sweep };
	net_timer_set(&all.sweep, SWEEP_MS);
}

static void
turn_away(int fd, const char *why)
{
	const struct http_refusal full = { 503, why, NULL, 5 };
	struct buf out;

	all.counts.turned_away++;
	warn_every(&all.told_full, "turned away: %zu connections are open: %s",
	    all.counts.open, why);
	buf_init(&out);
	http_refuse(&out, &full);
	/* A new socket has room for this; nobody waits if it has not.  Who
	 * expects a handshake could not read it. */
	if (!tls_is_on())
		(void)send(fd, out.at, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	buf_release(&out);
	close(fd);
}

/* Who may not connect learns nothing, not even who answers. */
static void
shut_out(int fd, const struct address *peer)
{
	char text[ADDRESS_TEXT];

	all.counts.not_allowed++;
	warn_every(&all.told_foreign, "address_refused: %s is not in --allow",
	    address_text(peer, text));
	close(fd);
}

static struct conn *
make(int fd, enum exchange_port port)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	buf_init(&c->in);
	buf_init(&c->out);
	c->exchange.port = port;
	c->exchange.out = &c->out;
	c->exchange.end.fd = fd;
	c->exchange.done = on_answered;
	return c;
}

void
conn_take(int fd, enum exchange_port port, const struct address *peer)
{
	struct conn *c;

	all.counts.accepted++;
	if (!peers_may(peer)) {
		shut_out(fd, peer);
		return;
	}
	if (all.counts.open >= all.about->max || (c = make(fd, port)) == NULL) {
		turn_away(fd, "too many connections");
		return;
	}
	if (!peers_enter(&c->peer, peer)) {
		turn_away(fd, "too many connections of one address");
		free(c);
		return;
	}
	if (net_adopt(fd, &c->net) < 0) {
		peers_leave(&c->peer);
		free(c);
		return;
	}
	c->due_ms = stop_now_ms() + all.about->header_ms;
	c->next = all.list;
	if (c->next != NULL)
		c->next->prev = c;
	all.list = c;
	all.counts.open++;
}

void
conn_end_all(void)
{
	for (struct conn *c = all.list; c != NULL; c = c->next)
		if (c->state == STREAM)
			conn_stream_close(c, 1001);
		else if (c->state != CLOSING)
			hang_up(c);
}

const struct conn_counts *
conn_counts(void)
{
	return &all.counts;
}
