/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/ingest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-serve/address.h"
#include "cmd/rx-serve/command.h"
#include "cmd/rx-serve/events.h"
#include "cmd/rx-serve/ingest_ids.h"
#include "cmd/rx-serve/ingest_wait.h"
#include "cmd/rx-serve/limit.h"
#include "cmd/rx-serve/sink.h"
#include "lib/diag.h"
#include "lib/digest.h"
#include "lib/mark.h"
#include "lib/stop.h"

#define RETRY_S 1
#define SWEEP_MS 500

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

static void
on_over(struct exchange *x, struct ingest_over *over)
{
	if (over->status == 0) {
		ingest_took(&ingest.counts, over->took_ms);
		accept_all(x, over->n, over->request_id);
	} else if (over->status == 422)
		refuse(x, 422, "what stores events refuses one", 0);
	else
		refuse(x, 503, "not stored, or not known to be", RETRY_S);
	x->done(x);
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

	(void)arg;
	if (!record_is_control(line) || control_parse(&c, line) < 0 ||
	    c.kind != CONTROL_OUT) {
		warn_every(&ingest.told,
		    "the command of --durable says what is no outcome");
		return;
	}
	if (!ingest_wait_outcome(
		events_hash(&ingest.events, c.id), status_of(&c)))
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
	ingest_wait_fail_all();
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

static void
sweep(void *arg)
{
	(void)arg;
	ingest_wait_expire();
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
	ingest_wait_init(on_over);
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
	ingest.counts.waiting = ingest_waiting();
	ingest.counts.renamed = ingest.events.renamed;
	ingest.counts.replaced = ingest.events.replaced;
	return &ingest.counts;
}

static unsigned
over_limit(const struct exchange *x, size_t n)
{
	struct address peer, party;
	unsigned retry_s;

	if (ingest.about->a_minute == 0)
		return 0;
	peer = address_peer(x->end.fd);
	party = address_party(&peer);
	retry_s = limit_take(&ingest.by_name, span_of(x->grant.name), n);
	return retry_s > 0
	    ? retry_s
	    : limit_take(&ingest.by_address,
		  (struct span){ (char *)party.bytes, sizeof(party.bytes) }, n);
}

/* The records, and who waits for them, if it is waited at all. */
static void
pass_on(struct exchange *x, struct span request_id)
{
	const struct events *events = &ingest.events;
	struct ingest_wait *w = NULL;
	bool durable = ingest.about->command >= 0;

	if (durable && (w = ingest_wait_new(events->n, request_id)) == NULL)
		refuse(x, 503, "too many events at a time", RETRY_S);
	else if (!sink_put(&ingest.sink, buf_span(&events->records))) {
		free(w);
		refuse(
		    x, 503, "events come faster than they are taken", RETRY_S);
	} else {
		sink_soon(&ingest.sink);
		if (durable)
			ingest_wait_begin(w, x, events->hashes);
		else {
			ingest_took(&ingest.counts, 0);
			accept_all(x, events->n, request_id);
		}
	}
}

void
ingest_answer(struct exchange *x)
{
	char own[DIGEST_NONCE + 1];
	struct events_about a = { .node_id = ingest.about->node_id,
		.id_member = ingest.about->id_member,
		.name = x->grant.name,
		.key = ingest_id(x->request.idempotency_key),
		.request_id = ingest_id(x->request.request_id),
		.traceparent = ingest_trace(x->request.traceparent),
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
	return ingest_waiting() == 0 && sink_is_empty(&ingest.sink);
}
