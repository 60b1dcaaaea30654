/* SPDX-License-Identifier: MIT */
/* conn_body -- the body of a request, from its first byte to its answer. */
#include "cmd/rx-serve/conn_part.h"
#include "cmd/rx-serve/ingest.h"
#include "lib/stop.h"

static size_t bytes; /* of all that are in BODY */

void
conn_body_leave(const struct conn *c)
{
	bytes -= c->body_len;
}

/* What follows is the next request, if there is to be one. */
static void
drop_body(struct conn *c)
{
	size_t whole = c->head_len + c->body_len;

	c->in.len -= whole;
	if (c->in.len == 0)
		buf_release(&c->in);
	else
		memmove(c->in.at, c->in.at + whole, c->in.len);
}

static void
answer(struct conn *c)
{
	struct exchange *x = &c->exchange;

	buf_reset(&c->out); /* a 100 that nobody waits for any more */
	x->body = (struct span){ c->in.at + c->head_len, c->body_len };
	exchange_answer(x);
	drop_body(c);
	if (exchange_waits(x))
		conn_enter(c, WAIT, 2 * INGEST_PATIENCE_MS);
	else
		conn_reply(c);
}

int
conn_body_take(struct conn *c)
{
	if (c->in.len >= c->head_len + c->body_len) {
		answer(c);
		net_ask_room(&c->net);
	}
	return c->out.failed ? -1 : 0;
}

void
conn_body_begin(struct conn *c, size_t head)
{
	struct exchange *x = &c->exchange;
	size_t body = (size_t)x->request.length;
	size_t whole = head + body;

	if (body > CONN_BODIES - bytes) {
		conn_refuse(c, 503, "too much at a time");
		x->refusal.retry_s = 1;
		conn_reply(c);
		return;
	}
	if (c->in.len < whole && buf_room(&c->in, whole - c->in.len) == NULL)
		return; /* failed: the caller hangs up */
	/* It may lie elsewhere now. */
	request_parse(&x->request, (struct span){ c->in.at, head });
	conn_enter(c, BODY, CONN_BODY_MS);
	c->head_len = head;
	c->body_len = body;
	bytes += body;
	if (c->in.len >= whole)
		answer(c);
	else if (x->request.expects)
		http_continue(&c->out);
}

/* The time that it may take grows with what has come of it. */
void
conn_body_time(struct conn *c)
{
	c->due_ms = c->entered_ms + CONN_BODY_MS +
	    (int64_t)(c->in.len - c->head_len) * 1000 / CONN_BODY_RATE;
}
