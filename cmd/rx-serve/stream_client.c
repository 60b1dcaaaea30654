/* SPDX-License-Identifier: MIT */
/* stream_client -- from the ring to one client. */
#include <inttypes.h>
#include <stdio.h>

#include "cmd/rx-serve/stream.h"
#include "cmd/rx-serve/stream_wish.h"
#include "cmd/rx-serve/ws.h"
#include "lib/num.h"

bool
stream_has_room(const struct stream *s, const struct stream_wish *w)
{
	const struct stream_filter *f = s->filters;

	if (s->n_filters < STREAM_FILTERS || filter_is_all(&w->filter))
		return true;
	while (f != NULL && !filter_same(&f->filter, &w->filter))
		f = f->next;
	return f != NULL;
}

/* A place is good while the command lives that wrote there. */
static void
set_place(const struct stream *s, struct client *c, const struct stream_wish *w)
{
	c->at = s->ring.first;
	if (w->from == WISH_LAST)
		c->at = s->ring.next;
	else if (w->from == WISH_UNKNOWN ||
	    (w->from == WISH_PLACE &&
		(w->place + 1 < s->born || w->place >= s->ring.next)))
		c->lost = true;
	else if (w->from == WISH_PLACE)
		c->at = w->place + 1;
	/* How many of those that are gone its filter took was never asked. */
	if (c->at < s->ring.first && c->filter != NULL) {
		c->lost = true;
		c->at = s->ring.first;
	}
	if (c->filter != NULL)
		c->taken = stream_filter_count(s, c->filter, c->at);
	c->places = w->places;
	c->told = UINT64_MAX;
}

int
stream_join(struct stream *s, struct client *c, struct net_conn *net,
    const struct stream_wish *w)
{
	struct stream_filter *filter = NULL;

	if (!filter_is_all(&w->filter) &&
	    (filter = stream_filter_get(s, &w->filter)) == NULL)
		return -1;
	*c =
	    (struct client){ .net = net, .next = s->clients, .filter = filter };
	if (c->next != NULL)
		c->next->prev = c;
	s->clients = c;
	s->n_clients++;
	set_place(s, c, w);
	net_timer_clear(&s->linger);
	stream_decide(s);
	net_ask_room(c->net);
	return 0;
}

void
stream_leave(struct stream *s, struct client *c)
{
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		s->clients = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	stream_filter_put(s, c->filter);
	if (--s->n_clients == 0)
		net_timer_set(&s->linger, s->linger_ms);
}

static int
tell(struct client *c, struct span body)
{
	char text[WS_HEAD_MAX + 64];
	size_t head = ws_head((unsigned char *)text, WS_TEXT, body.len);

	memcpy(text + head, body.at, body.len);
	net_ask_room(c->net);
	return net_write(c->net, (struct span){ text, head + body.len });
}

static int
tell_missed(struct client *c)
{
	char body[16 + NUM_DIGITS];
	int n;

	if (c->lost)
		n = snprintf(body, sizeof(body), "{\"dropped\":null}");
	else
		n = snprintf(
		    body, sizeof(body), "{\"dropped\":%" PRIu64 "}", c->missed);
	c->missed = 0;
	c->lost = false;
	return tell(c, (struct span){ body, (size_t)n });
}

static int
tell_mode(const struct stream *s, struct client *c)
{
	c->told_stopped = s->mode == STREAM_STOPPED;
	return tell(c,
	    c->told_stopped ? SPAN("{\"stream\":\"stopped\"}")
			    : SPAN("{\"stream\":\"started\"}"));
}

/* Between two messages it is behind the one before. */
static bool
should_tell_place(const struct stream *s, const struct client *c)
{
	return c->places && c->at > 0 && c->told != c->at - 1 &&
	    (c->told == UINT64_MAX || c->at - c->told > s->ring.n_slots / 2);
}

static int
tell_place(struct stream *s, struct client *c)
{
	buf_reset(&s->out);
	buf_addc(&s->out, '{');
	stream_place(&s->out, c->at - 1);
	buf_addc(&s->out, '}');
	c->told = c->at - 1;
	return s->out.failed ? -1 : tell(c, buf_span(&s->out));
}

static void
fall_out(struct stream *s, struct client *c)
{
	uint64_t missed = s->ring.first - c->at;

	if (c->filter != NULL) {
		missed = c->filter->gone - c->taken;
		c->taken = c->filter->gone;
	}
	c->missed += missed;
	s->missed += missed;
	c->at = s->ring.first;
}

void
stream_clients_drop(struct stream *s)
{
	for (struct client *c = s->clients; c != NULL; c = c->next)
		if (c->at < s->ring.first)
			fall_out(s, c);
	ring_skip(&s->ring);
	for (struct client *c = s->clients; c != NULL; c = c->next)
		c->at = s->ring.next;
}

/* With its place as the last member. */
static void
add_message(struct stream *s, uint64_t number, bool places)
{
	struct span body = ring_body(&s->ring, number);
	char head[WS_HEAD_MAX];
	struct buf *place = &s->text;

	buf_reset(place);
	if (places) {
		body.len--; /* the brace */
		if (body.len > 1)
			buf_addc(place, ',');
		stream_place(place, number);
		buf_addc(place, '}');
	}
	buf_add(&s->out,
	    (struct span){ head,
		ws_head(
		    (unsigned char *)head, WS_TEXT, body.len + place->len) });
	buf_add(&s->out, body);
	buf_add(&s->out, buf_span(place));
}

/* To a client that does not get what all get. */
static int
send_own(struct stream *s, struct client *c)
{
	buf_reset(&s->out);
	for (; c->at < s->ring.next && s->out.len < STREAM_WRITE; c->at++) {
		if (!stream_filter_takes(s, c->filter, c->at))
			continue;
		c->taken++;
		add_message(s, c->at, c->places);
		c->told = c->at;
	}
	if (s->out.failed)
		return -1;
	if (s->out.len > 0 || c->told_stopped != (s->mode == STREAM_STOPPED))
		net_ask_room(c->net);
	if (s->out.len == 0)
		return should_tell_place(s, c) ? tell_place(s, c) : 0;
	return net_write(c->net, buf_span(&s->out));
}

int
stream_room(struct stream *s, struct client *c)
{
	uint64_t count;
	struct span bytes;

	if (c->at < s->ring.first)
		fall_out(s, c);
	if (c->missed > 0 || c->lost)
		return tell_missed(c);
	if (c->told == UINT64_MAX && should_tell_place(s, c))
		return tell_place(s, c);
	if (c->told_stopped && s->mode != STREAM_STOPPED)
		return tell_mode(s, c);
	if (c->at == s->ring.next)
		return c->told_stopped == (s->mode == STREAM_STOPPED)
		    ? 0
		    : tell_mode(s, c);
	if (c->filter != NULL || c->places)
		return send_own(s, c);
	bytes = ring_from(&s->ring, c->at, STREAM_WRITE, &count);
	c->at += count;
	if (c->at < s->ring.next ||
	    c->told_stopped != (s->mode == STREAM_STOPPED))
		net_ask_room(c->net);
	return net_write(c->net, bytes);
}
