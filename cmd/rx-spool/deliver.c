/* SPDX-License-Identifier: MIT */
/*
 * deliver -- a lane's records as emit writes them: in their turn, and again.
 *
 * One segment of each priority class is in memory at a time, so a backlog of
 * any depth costs the same.  What is urgent goes first: a new segment of class 0
 * waits for no more than an output buffer of class 1.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-spool/emit.h"
#include "lib/crash.h"
#include "lib/diag.h"
#include "lib/stop.h"

static void
make_room(struct emit_class *c, uint64_t n)
{
	if (n <= c->room)
		return;
	c->offsets = realloc(c->offsets, (n + 1) * sizeof(*c->offsets));
	c->skip = realloc(c->skip, n);
	if (c->offsets == NULL || c->skip == NULL)
		die(EX_TEMPFAIL, "out of memory");
	c->room = n;
}

void
emit_class_release(struct emit_class *c)
{
	buf_release(&c->body);
	free(c->offsets);
	free(c->skip);
}

static void
index_segment(struct emit_class *c, const struct store_segment *g)
{
	make_room(c, g->n);
	if (store_segment_index(g, g->body, c->offsets) < 0)
		die(EX_DATAERR,
		    "the spool is damaged: segment %ju is not made of %ju "
		    "records",
		    (uintmax_t)g->seg, (uintmax_t)g->n);
}

/* To the dead letters: its reader would not take it, now or ever. */
static void
bury(struct emit *e, uint64_t tag, struct span id)
{
	const struct control c = { .kind = CONTROL_OUT,
		.tag = tag,
		.to_tag = tag,
		.id = id,
		.ep = store_flight_epoch(e->flight),
		.state = OUTCOME_REJECT,
		.why = SPAN("too long to be delivered") };

	warn("record %.*s is too long to be delivered: to the dead letters",
	    (int)id.len, id.at);
	if (e->settle == NULL)
		e->settle = store_settle_new(e->store, 0, 0);
	if (e->settle == NULL)
		die(EX_TEMPFAIL, "out of memory");
	spool_check(e->store, store_begin(e->store));
	spool_check(e->store, store_settle(e->settle, &c, spool_now_ms()));
	spool_check(e->store, store_settle_flush(e->settle));
	spool_check(e->store, store_commit(e->store));
}

/* The stored record with _rx replaced; false: it is a dead letter now. */
static bool
print(struct emit *e, struct span record, const struct store_segment *g,
    uint64_t tag, uint64_t attempts)
{
	char room[STORE_ID_MAX];
	struct delivery d = {
		.tag = tag, .ep = store_flight_epoch(e->flight), .at = attempts
	};
	struct span rest;

	d.id = store_record_id(record, g, tag, room);
	buf_reset(&e->head);
	buf_add(&e->head, SPAN("{\"_rx\":"));
	delivery_render(&e->head, &d);
	rest = spool_rest(&e->head, record);
	if (e->head.len + rest.len > RECORD_MAX) {
		bury(e, tag, d.id);
		return false;
	}
	CRASH("emit.row");
	/* In one piece: what makes the output full between two would wait. */
	buf_add(&e->head, rest);
	if (e->head.failed)
		die(EX_TEMPFAIL, "out of memory");
	outbuf_line(&e->out, buf_span(&e->head));
	e->emitted++;
	return true;
}

/* -- records in their turn ------------------------------------------------- */

/* The next segment when this one is gone through. */
static bool
advance(struct emit *e, int class)
{
	struct emit_class *c = &e->class[class];
	int status;

	if (c->pos < c->segment.n)
		return true;
	status = store_segment_next(e->store, store_flight_lane(e->flight),
	    class, c->segment.seg, &c->segment, &c->body);
	if (status == STORE_NONE)
		return false;
	spool_check(e->store, status);
	index_segment(c, &c->segment);
	c->pos = 0;
	return true;
}

struct emit_class *
deliver_next(struct emit *e)
{
	for (int i = 0; i < STORE_CLASSES; i++)
		if (advance(e, i))
			return &e->class[i];
	return NULL;
}

/*
 * How far the records of the segment may go out, with room in flight for left
 * of them; what has become of the others since is in skip, also under an older
 * epoch.  A --full policy takes no record that may have gone out, so between
 * the look and the word of it there is a lock.
 */
static uint64_t
reach(struct emit *e, struct emit_class *c)
{
	struct store_segment *g = &c->segment;
	uint64_t left = 0, end = c->pos;

	if (e->inflight > e->outstanding)
		left = e->inflight - e->outstanding;
	spool_check(e->store, store_flight_hold(e->flight));
	spool_check(e->store, store_flight_skip(e->flight, g, c->skip));
	for (; end < g->n && (left > 0 || c->skip[end]); end++)
		left -= !c->skip[end];
	if (end > c->pos)
		spool_check(e->store,
		    store_flight_reach(e->flight, g->class, g->seg + end - 1));
	store_flight_let_go(e->flight);
	return end;
}

bool
deliver_segment(struct emit *e, struct emit_class *c)
{
	struct store_segment *g = &c->segment;
	uint64_t end = reach(e, c);

	for (; c->pos < end && !outbuf_full(&e->out); c->pos++)
		if (!c->skip[c->pos])
			e->outstanding +=
			    print(e, store_record(g->body, c->offsets, c->pos),
				g, g->seg + c->pos, 0);
	return c->pos == g->n;
}

/* -- retries ----------------------------------------------------------------- */

static void
again(struct emit *e, const struct store_retry *r, struct buf *body)
{
	struct store_segment g;
	uint32_t *offsets;
	int status = store_segment_of(e->store, r->tag, &g);

	if (status == 0)
		status = store_segment_body(e->store, g.seg, body);
	if (status == STORE_NONE)
		return; /* settled in between */
	spool_check(e->store, status);
	g.body = buf_span(body);
	if ((offsets = calloc(g.n + 1, sizeof(*offsets))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	if (store_segment_index(&g, g.body, offsets) < 0)
		die(EX_DATAERR, "the spool is damaged: segment %ju",
		    (uintmax_t)g.seg);
	if (!print(e, store_record(g.body, offsets, r->tag - g.seg), &g, r->tag,
		r->attempts))
		e->outstanding--;
	free(offsets);
}

static void
take_retries(struct emit *e)
{
	size_t max = EMIT_RETRIES;
	int status;

	if (e->inflight <= e->outstanding || stop_now_ms() < e->again_ms)
		max = 0; /* to learn when the next one is due */
	else if (e->inflight - e->outstanding < max)
		max = (size_t)(e->inflight - e->outstanding);
	e->retries_done = 0;
	status = store_flight_retries(e->flight, spool_now_ms(), e->retry, max,
	    &e->n_retries, &e->retry_ms);
	if (status == STORE_FULL) {
		spool_wait_tell(&e->wait, store_why(e->store));
		e->again_ms = stop_now_ms() + SPOOL_AGAIN_MS;
		e->retry_ms = spool_now_ms();
	} else
		spool_check(e->store, status);
	e->outstanding += e->n_retries;
}

void
deliver_retries(struct emit *e)
{
	struct buf body;

	buf_init(&body);
	do {
		if (e->retries_done == e->n_retries)
			take_retries(e);
		while (e->retries_done < e->n_retries && !outbuf_full(&e->out))
			again(e, &e->retry[e->retries_done++], &body);
	} while (e->n_retries == EMIT_RETRIES && !outbuf_full(&e->out));
	buf_release(&body);
}

int64_t
deliver_retry_in(const struct emit *e)
{
	int64_t due = e->retry_ms - spool_now_ms();
	int64_t room = e->again_ms - stop_now_ms();

	return due > room ? due : room;
}

/* -- who holds everything up? ---------------------------------------------- */

/* The segment at hand; it is gone when it was settled in the meantime. */
static void
read_again(struct emit *e, struct emit_class *c)
{
	int status;

	if (c->pos >= c->segment.n)
		return;
	status = store_segment_body(e->store, c->segment.seg, &c->body);
	if (status == STORE_NONE) {
		c->pos = c->segment.n;
		return;
	}
	spool_check(e->store, status);
	c->segment.body = buf_span(&c->body);
	index_segment(c, &c->segment);
}

/* In one class; uses its memory for that. */
static bool
name_oldest(struct emit *e, int class)
{
	struct emit_class *c = &e->class[class];
	struct store_segment g = { .seg = 0 };
	char room[STORE_ID_MAX];
	struct span id;
	uint64_t i = 0;

	while (store_segment_next(e->store, store_flight_lane(e->flight), class,
		   g.seg, &g, &c->body) == 0) {
		index_segment(c, &g);
		spool_check(
		    e->store, store_flight_skip(e->flight, &g, c->skip));
		for (i = 0; i < g.n && c->skip[i]; i++)
			;
		if (i < g.n)
			break;
	}
	if (g.n == 0 || i == g.n)
		return false;
	id = store_record_id(
	    store_record(g.body, c->offsets, i), &g, g.seg + i, room);
	warn("%ju records are out and none was settled for a minute; the "
	     "oldest is %.*s",
	    (uintmax_t)e->outstanding, (int)id.len, id.at);
	return true;
}

void
deliver_name_oldest(struct emit *e)
{
	bool named = false;

	for (int i = 0; i < STORE_CLASSES && !named; i++) {
		named = name_oldest(e, i);
		read_again(e, &e->class[i]);
	}
}
