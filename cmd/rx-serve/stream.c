/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/stream.h"

#include "cmd/rx-serve/frame.h"
#include "cmd/rx-serve/ws.h"
#include "lib/stop.h"

const char *const stream_names[STREAMS] = { "livelogs", "telemetry" };

static void
send_tick(void *arg)
{
	struct stream *s = arg;

	s->ticked_ms = stop_now_ms();
	for (struct client *c = s->clients; c != NULL; c = c->next)
		net_ask_room(c->net);
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
	uint64_t first = s->ring.first;
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
	} else if (good) {
		s->records++;
		stream_filters_drop(s, first);
		stream_filters_add(s, s->ring.next - 1, buf_span(&s->text));
	}
}

/* The place before the first message is none that was there before. */
static void
forget(struct stream *s)
{
	uint64_t first = s->ring.first;

	ring_clear(&s->ring);
	stream_filters_drop(s, first);
	stream_clients_drop(s);
	s->born = s->ring.next;
}

/* A new life of the command tells its own past. */
static void
on_start(void *arg)
{
	forget(arg);
}

void
stream_decide(struct stream *s)
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
	stream_decide(s);
	forget(s);
}

static void
set_mode(struct stream *s, unsigned mode)
{
	s->mode = mode;
	net_timer_clear(&s->linger);
	stream_decide(s);
	for (struct client *c = s->clients; c != NULL; c = c->next)
		net_ask_room(c->net);
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
stream_init(
    struct stream *s, enum stream_kind kind, size_t messages, int64_t linger_ms)
{
	static const struct command_calls calls = { on_start, on_line, on_batch,
		NULL };

	*s = (struct stream){ .kind = kind, .linger_ms = linger_ms };
	if (ring_init(&s->ring, messages, STREAM_BYTES) < 0)
		return -1;
	s->born = s->ring.next;
	record_init(&s->record);
	buf_init(&s->text);
	buf_init(&s->out);
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
	buf_release(&s->out);
}
