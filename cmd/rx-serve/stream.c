#include "cmd/rx-serve/stream.h"

#include <inttypes.h>
#include <stdio.h>

#include "cmd/rx-serve/frame.h"
#include "cmd/rx-serve/ws.h"
#include "lib/num.h"
#include "lib/stop.h"

const char *const stream_names[STREAMS] = { "livelogs", "telemetry" };

static void
ask_room(struct client *c)
{
	if (!c->asked) {
		c->asked = true;
		net_ask_room(c->net);
	}
}

static void
send_tick(void *arg)
{
	struct stream *s = arg;

	s->ticked_ms = stop_now_ms();
	for (struct client *c = s->clients; c != NULL; c = c->next)
		ask_room(c);
}

/* All that could be read was: send it now, or with what comes within a tick. */
static void
on_batch(void *arg)
{
	struct stream *s = arg;
	int64_t since_ms = stop_now_ms() - s->ticked_ms;

	if (s->tick.armed)
		return;
	if (since_ms >= STREAM_TICK_MS)
		send_tick(s);
	else
		net_timer_set(&s->tick, STREAM_TICK_MS - since_ms);
}

static void
on_line(void *arg, struct span line)
{
	struct stream *s = arg;
	unsigned char head[WS_HEAD_MAX];
	bool refused, good;

	buf_reset(&s->text);
	good = s->kind == STREAM_LOGS
	    ? frame_log(&s->text, &s->record, line, &refused)
	    : frame_record(&s->text, &s->record, line, &refused);
	if (good)
		refused = !ring_add(&s->ring,
		    (struct span){
			(char *)head, ws_head(head, WS_TEXT, s->text.len) },
		    buf_span(&s->text));
	if (refused) {
		s->refused++;
		warn_every(&s->told, "%s: a line cannot be shown",
		    stream_names[s->kind]);
	} else if (good)
		s->records++;
}

/* A new life of the command tells its own past. */
static void
on_start(void *arg)
{
	struct stream *s = arg;

	ring_clear(&s->ring);
}

static void
decide(struct stream *s)
{
	command_want(&s->command,
	    s->mode == STREAM_STARTED ||
		(s->mode == STREAM_ON_DEMAND &&
		    (s->n_clients > 0 || s->linger.armed)));
}

static void
on_linger_over(void *arg)
{
	struct stream *s = arg;

	if (s->mode == STREAM_STARTED)
		s->mode = STREAM_ON_DEMAND;
	decide(s);
	ring_clear(&s->ring);
}

static void
set_mode(struct stream *s, unsigned mode)
{
	s->mode = mode;
	net_timer_clear(&s->linger);
	decide(s);
	for (struct client *c = s->clients; c != NULL; c = c->next)
		ask_room(c);
}

void
stream_start(struct stream *s)
{
	set_mode(s, STREAM_STARTED);
}

void
stream_stop(struct stream *s)
{
	set_mode(s, STREAM_STOPPED);
}

const char *
stream_state(const struct stream *s)
{
	if (s->mode == STREAM_STOPPED)
		return "stopped";
	return s->command.wanted ? "running" : "idle";
}

bool
stream_fails(const struct stream *s)
{
	return s->command.state == COMMAND_WAITING;
}

int
stream_init(struct stream *s, enum stream_kind kind, size_t messages)
{
	static const struct command_calls calls = { on_start, on_line,
		on_batch };

	*s = (struct stream){ .kind = kind };
	if (ring_init(&s->ring, messages, STREAM_BYTES) < 0)
		return -1;
	record_init(&s->record);
	buf_init(&s->text);
	s->tick.run = send_tick;
	s->tick.arg = s;
	s->linger.run = on_linger_over;
	s->linger.arg = s;
	command_init(&s->command, kind, &calls, s);
	return 0;
}

void
stream_release(struct stream *s)
{
	ring_release(&s->ring);
	record_release(&s->record);
	buf_release(&s->text);
}

void
stream_join(struct stream *s, struct client *c, struct net_conn *net)
{
	*c = (struct client){ .net = net, .next = s->clients };
	if (c->next != NULL)
		c->next->prev = c;
	s->clients = c;
	s->n_clients++;
	c->at = s->ring.first;
	net_timer_clear(&s->linger);
	decide(s);
	ask_room(c);
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
	if (--s->n_clients == 0)
		net_timer_set(&s->linger, STREAM_LINGER_MS);
}

static int
tell_missed(struct client *c)
{
	char text[WS_HEAD_MAX + 16 + NUM_DIGITS];
	char body[16 + NUM_DIGITS];
	int n = snprintf(
	    body, sizeof(body), "{\"dropped\":%" PRIu64 "}", c->missed);
	size_t head = ws_head((unsigned char *)text, WS_TEXT, (size_t)n);

	memcpy(text + head, body, (size_t)n);
	c->missed = 0;
	ask_room(c);
	return net_write(c->net, (struct span){ text, head + (size_t)n });
}

static int
tell_mode(struct stream *s, struct client *c)
{
	static const char *const texts[] = { "{\"stream\":\"started\"}",
		"{\"stream\":\"stopped\"}" };
	char text[WS_HEAD_MAX + 32];
	struct span body = span_of(texts[s->mode == STREAM_STOPPED]);
	size_t head = ws_head((unsigned char *)text, WS_TEXT, body.len);

	memcpy(text + head, body.at, body.len);
	c->told_stopped = s->mode == STREAM_STOPPED;
	ask_room(c);
	return net_write(c->net, (struct span){ text, head + body.len });
}

int
stream_room(struct stream *s, struct client *c)
{
	uint64_t count;
	struct span bytes;

	c->asked = false;
	if (c->at < s->ring.first) {
		c->missed += s->ring.first - c->at;
		s->missed += s->ring.first - c->at;
		c->at = s->ring.first;
	}
	if (c->missed > 0)
		return tell_missed(c);
	if (c->told_stopped && s->mode != STREAM_STOPPED)
		return tell_mode(s, c);
	if (c->at == s->ring.next)
		return c->told_stopped == (s->mode == STREAM_STOPPED)
		    ? 0
		    : tell_mode(s, c);
	bytes = ring_from(&s->ring, c->at, STREAM_WRITE, &count);
	c->at += count;
	if (c->at < s->ring.next ||
	    c->told_stopped != (s->mode == STREAM_STOPPED))
		ask_room(c);
	return net_write(c->net, bytes);
}
