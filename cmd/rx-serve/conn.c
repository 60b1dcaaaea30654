#include "cmd/rx-serve/conn.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd/rx-serve/request.h"
#include "cmd/rx-serve/ws.h"
#include "lib/diag.h"
#include "lib/stop.h"

#define SWEEP_MS 1000

enum state { HEAD, REPLY, LINGER, STREAM, CLOSING };

struct conn {
	struct net_conn net; /* first: the calls get this */
	struct conn *prev, *next;
	enum state state;
	uint16_t port;
	bool leaving; /* hang up is on its way */
	bool written; /* the answer to the head was */
	struct buf in; /* the head, as far as it has come */
	struct buf out; /* goes before everything else */
	int64_t due_ms; /* of the state; in STREAM, of the next ping or pong */
	bool pinged;
	unsigned frames; /* this second */
	struct ws ws;
	struct client client;
};

static struct {
	const struct conn_about *about;
	struct conn *list;
	struct conn_counts counts;
	struct net_timer sweep;
	struct diag_rate told_refused, told_full;
} all;

static void
ask_room(struct conn *c)
{
	net_ask_room(&c->net);
}

static void
hang_up(struct conn *c)
{
	if (!c->leaving)
		net_hang_up(&c->net);
	c->leaving = true;
}

static void
leave_stream(struct conn *c)
{
	if (c->state == STREAM)
		stream_leave(all.about->logs, &c->client);
}

static void
enter(struct conn *c, enum state state, int64_t within_ms)
{
	leave_stream(c);
	c->state = state;
	c->due_ms = stop_now_ms() + within_ms;
}

static void
refuse(struct conn *c, int status, const char *why, const char *extra)
{
	all.counts.refused++;
	if (status == 403 || status == 421)
		warn_every(&all.told_refused, "refused: %s", why);
	else
		debug("answered %d: %s", status, why);
	http_refuse(&c->out, status, why, extra);
}

/* A frame of control, in place of an older one that did not get out. */
static void
put_control(
    struct conn *c, enum ws_opcode opcode, const void *payload, size_t len)
{
	unsigned char head[WS_HEAD_MAX];

	if (c->state != STREAM)
		return;
	if (c->written) /* else the 101 is still in there */
		buf_reset(&c->out);
	buf_add(
	    &c->out, (struct span){ (char *)head, ws_head(head, opcode, len) });
	buf_add(&c->out, (struct span){ payload, len });
	ask_room(c);
}

static void
close_stream(struct conn *c, unsigned code)
{
	unsigned char payload[2] = { (unsigned char)(code >> 8),
		(unsigned char)code };

	if (c->state != STREAM)
		return;
	/* 1005 stands for none, and is never sent. */
	put_control(c, WS_OP_CLOSE, payload, code == 1005 ? 0 : 2);
	enter(c, CLOSING, all.about->pong_ms);
}

/* The bytes behind the head are the first frames. */
static void
feed_stream(struct conn *c, struct span bytes)
{
	while (c->state == STREAM && bytes.len > 0) {
		enum ws_event event = ws_feed(&c->ws, &bytes);

		if (event != WS_MORE && ++c->frames > CONN_FRAMES) {
			close_stream(c, 1008);
			return;
		}
		switch (event) {
		case WS_MORE:
		case WS_FRAME: break;
		case WS_PING:
			put_control(
			    c, WS_OP_PONG, c->ws.control, c->ws.control_len);
			break;
		case WS_PONG:
			c->pinged = false;
			c->due_ms = stop_now_ms() + all.about->ping_ms;
			break;
		case WS_CLOSE:
		case WS_BROKEN: close_stream(c, c->ws.code); break;
		}
	}
}

static void
judge_stream(struct conn *c, const struct request *r)
{
	char accept[29];

	if (r->method != METHOD_GET)
		refuse(c, 405, "GET only", "Allow: GET\r\n");
	else if (!access_peer(net_fd(&c->net)))
		refuse(c, 403,
		    "only root and the user that rx-serve runs as may watch",
		    "");
	else if (all.about->logs == NULL)
		refuse(c, 404, "no live logs: rx-serve has no --logs", "");
	else if (!r->wants_ws || !span_is(r->ws_version, "13"))
		refuse(c, 426, "a WebSocket is here",
		    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
	else if (r->has_query)
		refuse(c, 400, "a stream takes no query", "");
	else if (!ws_accept(r->ws_key, accept))
		refuse(c, 400, "no WebSocket key", "");
	else {
		http_switch(&c->out, accept);
		ws_init(&c->ws);
		enter(c, STREAM, all.about->ping_ms);
		stream_join(all.about->logs, &c->client, &c->net);
	}
}

static bool
is_stream(const struct conn *c, struct span path)
{
	return span_is(path, "/livelogs") ||
	    (c->port == all.about->ports[1] && span_is(path, "/"));
}

static void
judge(struct conn *c, struct span head)
{
	struct request r;
	int status = request_parse(&r, head);

	if (status != 0)
		refuse(c, status, r.why, "");
	else if (!access_host(r.host, c->port))
		refuse(c, 421, "the Host is not a loopback name of ours", "");
	else if (r.has_origin && !access_origin(r.origin, all.about->ports))
		refuse(c, 403, "the page is not ours", "");
	else if (is_stream(c, r.path))
		judge_stream(c, &r);
	else if (c->port == all.about->ports[1])
		refuse(c, 404, "nothing is here", "");
	else
		http_answer(&c->out, &r, &all.about->service);
	if (status == 0 && r.method == METHOD_HEAD)
		http_only_head(&c->out);
	if (c->state == HEAD)
		enter(c, REPLY, all.about->pong_ms);
}

static int
take_head(struct conn *c, struct span bytes)
{
	struct span have;
	const char *why;
	size_t head;
	int status;

	buf_add(&c->in, bytes);
	if (c->in.failed)
		return -1;
	have = buf_span(&c->in);
	if ((head = request_head(have)) > 0) {
		judge(c, (struct span){ have.at, head });
		if (c->state == STREAM)
			feed_stream(c, span_skip(have, head));
	} else if ((status = request_doubt(have, &why)) != 0) {
		refuse(c, status, why, "");
		enter(c, REPLY, all.about->pong_ms);
	} else
		return 0;
	buf_release(&c->in);
	if (c->out.failed)
		return -1;
	ask_room(c);
	return 0;
}

static int
on_data(struct net_conn *net, struct span bytes)
{
	struct conn *c = (struct conn *)net;

	switch (c->state) {
	case HEAD: return take_head(c, bytes);
	case STREAM: feed_stream(c, bytes); return 0;
	default: return 0; /* thrown away */
	}
}

static int
write_out(struct conn *c)
{
	int error = net_write(&c->net, buf_span(&c->out));

	buf_release(&c->out);
	c->written = true;
	ask_room(c);
	return error;
}

static int
on_room(struct net_conn *net)
{
	struct conn *c = (struct conn *)net;

	if (c->out.len > 0)
		return write_out(c);
	switch (c->state) {
	case HEAD:
	case LINGER: return 0;
	case STREAM: return stream_room(all.about->logs, &c->client);
	case REPLY:
	case CLOSING: break;
	}
	/* All is written: say so, and wait for the other side to. */
	if (shutdown(net_fd(&c->net), SHUT_WR) < 0)
		return -1;
	enter(c, LINGER, CONN_LINGER_MS);
	return 0;
}

static void
on_gone(struct net_conn *net)
{
	struct conn *c = (struct conn *)net;

	leave_stream(c);
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
ping(struct conn *c)
{
	/* A pong in waiting is proof enough for now. */
	if (c->out.len == 0)
		put_control(c, WS_OP_PING, "rx", 2);
	c->pinged = true;
	c->due_ms = stop_now_ms() + all.about->pong_ms;
}

static void
overdue(struct conn *c)
{
	if (c->state == HEAD && c->in.len > 0) {
		refuse(c, 408, "the head came too slowly", "");
		enter(c, REPLY, all.about->pong_ms);
		ask_room(c);
	} else if (c->state == STREAM && !c->pinged)
		ping(c);
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
		if (c->due_ms <= now_ms)
			overdue(c);
	}
	net_timer_set(&all.sweep, SWEEP_MS);
}

void
conn_init(const struct conn_about *about)
{
	all.about = about;
	all.sweep = (struct net_timer){ .run = sweep };
	net_timer_set(&all.sweep, SWEEP_MS);
}

static void
turn_away(int fd)
{
	struct buf out;

	all.counts.turned_away++;
	warn_every(&all.told_full, "turned away: %zu connections are open",
	    all.counts.open);
	buf_init(&out);
	http_refuse(&out, 503, "too many connections", "Retry-After: 5\r\n");
	/* A new socket has room for this; nobody waits if it has not. */
	(void)send(fd, out.at, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	buf_release(&out);
	close(fd);
}

void
conn_take(int fd, uint16_t port)
{
	struct conn *c;

	all.counts.accepted++;
	if (all.counts.open >= all.about->max ||
	    (c = calloc(1, sizeof(*c))) == NULL) {
		turn_away(fd);
		return;
	}
	buf_init(&c->in);
	buf_init(&c->out);
	c->port = port;
	if (net_adopt(fd, &c->net) < 0) {
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
			close_stream(c, 1001);
		else if (c->state != CLOSING)
			hang_up(c);
}

const struct conn_counts *
conn_counts(void)
{
	return &all.counts;
}
