/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/ingest_wait.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "cmd/rx-serve/events.h"
#include "cmd/rx-serve/ingest.h"
#include "lib/stop.h"

#define BUCKETS 65536 /* a power of two */

/* An event that has no outcome yet. */
struct event {
	LIST_ENTRY(event) same; /* of its bucket */
	uint64_t hash; /* of its id */
	struct ingest_wait *wait;
	bool open;
};

struct ingest_wait {
	TAILQ_ENTRY(ingest_wait) next; /* the oldest first */
	struct exchange *exchange;
	int64_t began_ms;
	int status; /* the worst so far, 0: none */
	size_t left, n;
	size_t id_len;
	char request_id[EVENT_ID];
	struct event events[];
};

static struct {
	void (*done)(struct exchange *, struct ingest_over *);
	size_t events;
	LIST_HEAD(, event) buckets[BUCKETS];
	TAILQ_HEAD(, ingest_wait) list;
} waits = { .list = TAILQ_HEAD_INITIALIZER(waits.list) };

void
ingest_wait_init(void (*done)(struct exchange *, struct ingest_over *))
{
	waits.done = done;
}

struct ingest_wait *
ingest_wait_new(size_t n, struct span request_id)
{
	struct ingest_wait *w;

	if (n > INGEST_WAITING - waits.events || request_id.len > EVENT_ID ||
	    (w = calloc(1, sizeof(*w) + n * sizeof(*w->events))) == NULL)
		return NULL;
	w->n = w->left = n;
	w->id_len = request_id.len;
	memcpy(w->request_id, request_id.at, request_id.len);
	return w;
}

void
ingest_wait_begin(
    struct ingest_wait *w, struct exchange *x, const uint64_t hashes[])
{
	w->exchange = x;
	w->began_ms = stop_now_ms();
	for (size_t i = 0; i < w->n; i++) {
		struct event *e = &w->events[i];

		e->hash = hashes[i];
		e->wait = w;
		e->open = true;
		LIST_INSERT_HEAD(&waits.buckets[e->hash % BUCKETS], e, same);
	}
	waits.events += w->n;
	TAILQ_INSERT_TAIL(&waits.list, w, next);
	x->wait = w;
}

/* Nobody waits for it any more; it is the caller's to free. */
static void
take_out(struct ingest_wait *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->events[i].open) {
			LIST_REMOVE(&w->events[i], same);
			waits.events--;
		}
	TAILQ_REMOVE(&waits.list, w, next);
	w->exchange->wait = NULL;
}

void
ingest_leave(struct exchange *x)
{
	struct ingest_wait *w = x->wait;

	if (w == NULL)
		return;
	take_out(w);
	free(w);
}

/* All outcomes are there, or none will come. */
static void
finish(struct ingest_wait *w)
{
	struct ingest_over over = { .status = w->status,
		.n = w->n,
		.took_ms = stop_now_ms() - w->began_ms,
		.request_id = { w->request_id, w->id_len } };

	take_out(w);
	waits.done(w->exchange, &over);
	free(w);
}

bool
ingest_wait_outcome(uint64_t hash, int status)
{
	struct ingest_wait *w;
	struct event *e;

	LIST_FOREACH(e, &waits.buckets[hash % BUCKETS], same)
	if (e->hash == hash)
		break;
	if (e == NULL)
		return false;
	w = e->wait;
	LIST_REMOVE(e, same);
	e->open = false;
	waits.events--;
	if (status > w->status)
		w->status = status;
	if (--w->left == 0)
		finish(w);
	return true;
}

void
ingest_wait_fail_all(void)
{
	struct ingest_wait *w;

	while ((w = TAILQ_FIRST(&waits.list)) != NULL) {
		w->status = 503;
		finish(w);
	}
}

/* Requests are in the order of their time. */
void
ingest_wait_expire(void)
{
	int64_t since_ms = stop_now_ms() - INGEST_PATIENCE_MS;
	struct ingest_wait *w;

	while (
	    (w = TAILQ_FIRST(&waits.list)) != NULL && w->began_ms <= since_ms) {
		w->status = 503;
		finish(w);
	}
}

size_t
ingest_waiting(void)
{
	return waits.events;
}
