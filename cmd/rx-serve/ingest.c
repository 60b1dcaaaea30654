#include "cmd/rx-serve/ingest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "cmd/rx-serve/address.h"
#include "cmd/rx-serve/command.h"
#include "cmd/rx-serve/events.h"
#include "cmd/rx-serve/limit.h"
#include "cmd/rx-serve/sink.h"
#include "lib/ascii.h"
#include "lib/diag.h"
#include "lib/digest.h"
#include "lib/mark.h"
#include "lib/stop.h"

#define BUCKETS 65536 /* a power of two */
#define RETRY_S 1
#define SWEEP_MS 500

/* An event that has no outcome yet. */
struct event {
	LIST_ENTRY(event) same; /* of its bucket */
	uint64_t hash; /* of its id */
	struct ingest_wait *wait;
	bool open;
};

/* A request that waits for outcomes. */
struct ingest_wait {
	TAILQ_ENTRY(ingest_wait) next; /* the oldest first */
	struct exchange *exchange;
	int64_t due_ms;
	int status; /* the worst so far, 0: none */
	size_t left, n;
	char request_id[EVENT_ID + 1];
	struct event events[];
};

static struct {
	const struct ingest_about *about;
	struct ingest_counts counts;
	struct events events;
	struct command command;
	struct sink sink;
	struct limit by_name, by_address;
	struct net_timer sweep;
	int error; /* of standard output, 0: it takes all */
	bool ending;
	LIST_HEAD(, event) buckets[BUCKETS];
	TAILQ_HEAD(, ingest_wait) waits;
	struct diag_rate told;
} ingest;

static void
refuse(struct exchange *x, int status, const char *why, unsigned retry_s)
{
	exchange_refuse(x, status, why);
	x->refusal.retry_s = retry_s;
	if (status == 503)
		ingest.counts.unavailable++;
	else if (status == 429)
		ingest.counts.limited++;
	else
		ingest.counts.refused++;
}

static void
accept_all(struct exchange *x, size_t n, struct span request_id)
{
	struct buf body;

	buf_init(&body);
	buf_addf(&body,
	    "{\"status\":\"accepted\",\"events\":%zu,\"request_id\":\"%.*s\"}"
	    "\n",
	    n, (int)request_id.len, request_id.at);
	x->keeps = !x->request.closes;
	if (x->keeps)
		http_kept(x->out, 202, request_id, &body);
	else
		http_json(x->out, 202, &body);
	buf_release(&body);
	ingest.counts.requests++;
	ingest.counts.events += n;
}

/* All outcomes are there, or none will come. */
static void
finish(struct ingest_wait *w)
{
	struct exchange *x = w->exchange;

	if (w->status == 0)
		ingest_took(&ingest.counts,
		    stop_now_ms() - (w->due_ms - INGEST_PATIENCE_MS));
	if (w->status == 0)
		accept_all(x, w->n, span_of(w->request_id));
	else if (w->status == 422)
		refuse(x, 422, "what stores events refuses one", 0);
	else
		refuse(x, 503, "not stored, or not known to be", RETRY_S);
	ingest_leave(x);
	x->done(x);
}

void
ingest_leave(struct exchange *x)
{
	struct ingest_wait *w = x->wait;

	if (w == NULL)
		return;
	for (size_t i = 0; i < w->n; i++)
		if (w->events[i].open) {
			LIST_REMOVE(&w->events[i], same);
			ingest.counts.waiting--;
		}
	TAILQ_REMOVE(&ingest.waits, w, next);
	free(w);
	x->wait = NULL;
}

static void
fail_all(void)
{
	struct ingest_wait *w;

	while ((w = TAILQ_FIRST(&ingest.waits)) != NULL) {
		w->status = 503;
		finish(w);
	}
}

static void
settle(struct event *e, int status)
{
	struct ingest_wait *w = e->wait;

	LIST_REMOVE(e, same);
	e->open = false;
	ingest.counts.waiting--;
	if (status > w->status)
		w->status = status;
	if (--w->left == 0)
		finish(w);
}

static int
status_of(const struct control *c)
{
	if (c->state == OUTCOME_OK)
		return 0;
	/* What a full store drops may be sent again. */
	return c->state == OUTCOME_REJECT && !span_is(c->why, "dropped") ? 422
									 : 503;
}

static void
on_line(void *arg, struct span line)
{
	struct control c;
	struct event *e;
	uint64_t hash;

	(void)arg;
	if (!record_is_control(line) || control_parse(&c, line) < 0 ||
	    c.kind != CONTROL_OUT) {
		warn_every(&ingest.told,
		    "the command of --durable says what is no outcome");
		return;
	}
	hash = events_hash(&ingest.events, c.id);
	LIST_FOREACH(e, &ingest.buckets[hash % BUCKETS], same)
	if (e->hash == hash) {
		settle(e, status_of(&c));
		return;
	}
	ingest.counts.unasked++;
}

static void
on_start(void *arg)
{
	int fd = ingest.command.input;

	(void)arg;
	ingest.command.input = -1;
	if (sink_open(&ingest.sink, fd) < 0)
		die_sys(EX_TEMPFAIL, "unable to write to a command");
}

static void
on_batch(void *arg)
{
	(void)arg;
}

static void
on_end(void *arg)
{
	(void)arg;
	sink_close(&ingest.sink);
	fail_all();
}

static void
on_sink_failed(void *arg, int error)
{
	(void)arg;
	if (ingest.about->command >= 0)
		return; /* it ends, and then on_end() comes */
	errno = error;
	if (error == EPIPE)
		die_sys(EX_IOERR, "unable to write stdout");
	if (ingest.error == 0)
		warn_sys("ingest_failed: unable to write stdout, will try "
			 "again");
	ingest.error = error;
}

/* Requests are in the order of their time. */
static void
sweep(void *arg)
{
	struct ingest_wait *w;
	int64_t now_ms = stop_now_ms();

	(void)arg;
	while (
	    (w = TAILQ_FIRST(&ingest.waits)) != NULL && w->due_ms <= now_ms) {
		w->status = 503;
		finish(w);
	}
	if (ingest.error != 0) {
		ingest.error = 0;
		sink_go(&ingest.sink);
	}
	net_timer_set(&ingest.sweep, SWEEP_MS);
}

void
ingest_init(const struct ingest_about *about)
{
	static const struct command_calls calls = { on_start, on_line, on_batch,
		on_end };

	ingest.about = about;
	if (!about->on)
		return;
	events_init(&ingest.events);
	limit_init(&ingest.by_name, about->a_minute);
	limit_init(&ingest.by_address, about->a_minute);
	TAILQ_INIT(&ingest.waits);
	sink_init(&ingest.sink, on_sink_failed, NULL);
	if (about->command >= 0) {
		command_init(
		    &ingest.command, (unsigned)about->command, &calls, NULL);
		command_want(&ingest.command, true);
	} else if (sink_open(&ingest.sink, STDOUT_FILENO) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	ingest.sweep = (struct net_timer){ .run = sweep };
	net_timer_set(&ingest.sweep, SWEEP_MS);
}

bool
ingest_is_on(void)
{
	return ingest.about->on;
}

const char *
ingest_fails(void)
{
	if (ingest.about->command >= 0 &&
	    ingest.command.state == COMMAND_WAITING)
		return "its command ended and waits to be started";
	return ingest.error != 0 ? strerror(ingest.error) : NULL;
}

const struct ingest_counts *
ingest_counts(void)
{
	ingest.counts.renamed = ingest.events.renamed;
	ingest.counts.replaced = ingest.events.replaced;
	return &ingest.counts;
}

/* Of a header: letters that may stand in JSON and in a header as they are. */
static struct span
plain(struct span s)
{
	struct span none = { NULL, 0 };

	if (s.len > EVENT_ID)
		return none;
	for (size_t i = 0; i < s.len; i++)
		if (!is_letter(s.at[i]) && !is_digit(s.at[i]) &&
		    strchr("._-:/+=@", s.at[i]) == NULL)
			return none;
	return s;
}

/* 00-TRACE-SPAN-FLAGS, as the W3C has it. */
static struct span
trace(struct span s)
{
	struct span none = { NULL, 0 };

	if (s.len != 55)
		return none;
	for (size_t i = 0; i < s.len; i++)
		if (i == 2 || i == 35 || i == 52
			? s.at[i] != '-'
			: hex_value(s.at[i]) < 0 || is_upper(s.at[i]))
			return none;
	return s;
}

static unsigned
over_limit(const struct exchange *x, size_t n)
{
	struct address peer, party;
	unsigned retry_s;

	if (ingest.about->a_minute == 0)
		return 0;
	peer = address_peer(x->fd);
	party = address_party(&peer);
	retry_s = limit_take(&ingest.by_name, span_of(x->grant.name), n);
	return retry_s > 0
	    ? retry_s
	    : limit_take(&ingest.by_address,
		  (struct span){ (char *)party.bytes, sizeof(party.bytes) }, n);
}

static void
wait_for(struct exchange *x, struct ingest_wait *w)
{
	const struct events *events = &ingest.events;

	w->exchange = x;
	w->due_ms = stop_now_ms() + INGEST_PATIENCE_MS;
	w->n = w->left = events->n;
	for (size_t i = 0; i < w->n; i++) {
		struct event *e = &w->events[i];

		e->hash = events->hashes[i];
		e->wait = w;
		e->open = true;
		LIST_INSERT_HEAD(&ingest.buckets[e->hash % BUCKETS], e, same);
	}
	ingest.counts.waiting += w->n;
	TAILQ_INSERT_TAIL(&ingest.waits, w, next);
	x->wait = w;
}

/* The records, and who waits for them, if it is waited at all. */
static void
pass_on(struct exchange *x, struct span request_id)
{
	const struct events *events = &ingest.events;
	struct ingest_wait *w = NULL;
	bool durable = ingest.about->command >= 0;

	if (durable &&
	    (ingest.counts.waiting + events->n > INGEST_WAITING ||
		(w = calloc(1, sizeof(*w) + events->n * sizeof(*w->events))) ==
		    NULL))
		refuse(x, 503, "too many events at a time", RETRY_S);
	else if (!sink_put(&ingest.sink, buf_span(&events->records))) {
		free(w);
		refuse(
		    x, 503, "events come faster than they are taken", RETRY_S);
	} else if (durable) {
		memcpy(w->request_id, request_id.at, request_id.len);
		wait_for(x, w);
		sink_go(&ingest.sink);
	} else {
		sink_go(&ingest.sink);
		ingest_took(&ingest.counts, 0);
		accept_all(x, events->n, request_id);
	}
}

void
ingest_answer(struct exchange *x)
{
	char own[DIGEST_NONCE + 1];
	struct events_about a = { .node_id = ingest.about->node_id,
		.id_member = ingest.about->id_member,
		.name = x->grant.name,
		.key = plain(x->request.idempotency_key),
		.request_id = plain(x->request.request_id),
		.traceparent = trace(x->request.traceparent),
		.ids = ingest.about->command >= 0,
		.lines = x->lines };
	unsigned retry_s;
	int status;

	if (ingest_fails() != NULL || ingest.ending) {
		refuse(x, 503, "events cannot be stored now", 2);
		return;
	}
	if (a.request_id.len == 0) {
		digest_nonce(own);
		a.request_id = span_of(own);
	}
	status = events_read(&ingest.events, x->body, &a);
	if (status != 0)
		refuse(x, status, ingest.events.why, status == 503);
	else if ((retry_s = over_limit(x, ingest.events.n)) > 0)
		refuse(x, 429, "too many events", retry_s);
	else
		pass_on(x, a.request_id);
}

bool
ingest_end(void)
{
	if (!ingest.about->on)
		return true;
	ingest.ending = true;
	return TAILQ_EMPTY(&ingest.waits) && sink_is_empty(&ingest.sink);
}
