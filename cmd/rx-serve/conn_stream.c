/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/conn_part.h"
#include "lib/stop.h"

int
conn_stream_begin(struct conn *c)
{
	struct exchange *x = &c->exchange;

	ws_init(&c->ws);
	if (stream_join(x->stream, &c->client, &c->net, x->wish) < 0)
		return -1;
	conn_enter(c, STREAM, conn_about()->ping_ms);
	return 0;
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
	net_ask_room(&c->net);
}

void
conn_stream_close(struct conn *c, unsigned code)
{
	unsigned char payload[2] = { (unsigned char)(code >> 8),
		(unsigned char)code };

	if (c->state != STREAM)
		return;
	/* 1005 stands for none, and is never sent. */
	put_control(c, WS_OP_CLOSE, payload, code == 1005 ? 0 : 2);
	conn_enter(c, CLOSING, conn_about()->pong_ms);
}

void
conn_stream_feed(struct conn *c, struct span bytes)
{
	while (c->state == STREAM && bytes.len > 0) {
		enum ws_event event = ws_feed(&c->ws, &bytes);

		if (event != WS_MORE && ++c->frames > CONN_FRAMES) {
			conn_stream_close(c, 1008);
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
			c->due_ms = stop_now_ms() + conn_about()->ping_ms;
			break;
		case WS_CLOSE:
		case WS_BROKEN: conn_stream_close(c, c->ws.code); break;
		}
	}
}

void
conn_stream_ping(struct conn *c)
{
	/* A pong in waiting is proof enough for now. */
	if (c->out.len == 0)
		put_control(c, WS_OP_PING, "rx", 2);
	c->pinged = true;
	c->due_ms = stop_now_ms() + conn_about()->pong_ms;
}
