/* SPDX-License-Identifier: MIT */
/*
 * Messages stand in a ring in the order they came, their bytes in another,
 * each message's in one piece:
 *
 *      first        next              last
 *   ..| settled, sent, refused … | waiting … |..   orders
 *
 * What is settled leaves when all before it has left.  next is where the
 * search for one to send goes on; it returns to first when some are to be sent
 * again.
 */
#include "cmd/rx-ship/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crash.h"
#include "lib/lines.h"
#include "lib/notify.h"
#include "lib/rtime.h"

/* The most one message takes: its line, and the name beside it. */
#define MESSAGE_BYTES (LINES_MAX + MESSAGE_NAME + 2)

static struct message *
at(struct window *w, uint64_t order)
{
	return &w->ring[(order - w->base) % w->n_max];
}

int
window_init(struct window *w, size_t n_max, size_t bytes_max,
    const struct backoff *backoff, struct outcome *outcome)
{
	*w = (struct window){
		.outcome = outcome,
		.backoff = *backoff,
		.n_max = n_max,
		.first = 1,
		.next = 1,
		.last = 1,
		.bytes_max = bytes_max,
		/* However it is torn, a piece is left for one more. */
		.size = bytes_max + 2 * MESSAGE_BYTES,
	};
	w->ring = calloc(n_max, sizeof(*w->ring));
	w->bytes = malloc(w->size);
	if (w->ring == NULL || w->bytes == NULL) {
		window_release(w);
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

void
window_release(struct window *w)
{
	free(w->ring);
	free(w->bytes);
	w->ring = NULL;
	w->bytes = NULL;
}

/* Bytes between the oldest message and the end, with what is wasted there. */
static size_t
used(const struct window *w)
{
	size_t from;

	if (w->first == w->last)
		return 0;
	from = w->ring[(w->first - w->base) % w->n_max].from;
	return w->at > from ? w->at - from : w->size - from + w->at;
}

bool
window_full(const struct window *w)
{
	return w->last - w->first == w->n_max || used(w) >= w->bytes_max;
}

uintmax_t
window_taken(const struct window *w)
{
	return w->last - 1;
}

static struct span
keep(struct window *w, struct span s)
{
	struct span kept = { w->bytes + w->at, s.len };

	if (s.len > 0)
		memcpy(w->bytes + w->at, s.at, s.len);
	w->at += s.len;
	return kept;
}

void
window_add(struct window *w, const struct message *given, struct span left,
    struct span right)
{
	struct message *m;
	size_t n = left.len + right.len + given->id.id.len + given->name.len;
	bool same = span_eq(given->name, given->id.id);

	/* What is seldom filled stays in few pages. */
	if (w->first == w->last) {
		w->at = 0;
		w->base = w->last;
	}
	m = at(w, w->last);
	if (w->size - w->at <= n)
		w->at = 0;
	*m = *given;
	m->from = w->at;
	m->order = w->last++;
	m->state = HELD_WAITING;
	m->body = keep(w, left);
	m->body.len += keep(w, right).len;
	m->id.id = keep(w, given->id.id);
	m->name = same ? m->id.id : keep(w, given->name);
	w->held++;
}

static void
settle(struct window *w, struct message *m)
{
	m->state = HELD_SETTLED;
	w->held--;
	while (w->first < w->last && at(w, w->first)->state == HELD_SETTLED)
		w->first++;
	if (w->next < w->first)
		w->next = w->first;
}

/* Lets wait what may be sent again. */
static void
wake(struct window *w, struct message *m)
{
	if (m->state == HELD_REFUSED)
		w->n_refused--;
	m->state = HELD_WAITING;
	m->lost = false;
	if (m->order < w->next)
		w->next = m->order;
}

/* The one that was tried longest ago, refused or not. */
static struct message *
least_tried(struct window *w)
{
	struct message *best = NULL;

	for (uint64_t o = w->first; o < w->last; o++) {
		struct message *m = at(w, o);

		if (m->state != HELD_SETTLED &&
		    (best == NULL || m->tried < best->tried))
			best = m;
	}
	return best;
}

struct message *
window_next(struct window *w, int64_t now_ms)
{
	if (w->careful)
		return w->in_flight > 0 || now_ms < w->pause_until_ms
		    ? NULL
		    : least_tried(w);
	if (w->ramp > 0 && w->in_flight >= w->ramp)
		return NULL;
	if (w->n_refused > 0 && now_ms >= w->pause_until_ms) {
		w->pause_until_ms = INT64_MAX;
		for (uint64_t o = w->first; o < w->last; o++) {
			struct message *m = at(w, o);

			if (m->state != HELD_REFUSED)
				continue;
			if (m->due_ms <= now_ms)
				wake(w, m);
			else if (m->due_ms < w->pause_until_ms)
				w->pause_until_ms = m->due_ms;
		}
	}
	while (w->next < w->last && at(w, w->next)->state != HELD_WAITING)
		w->next++;
	return w->next < w->last ? at(w, w->next) : NULL;
}

int64_t
window_due_ms(const struct window *w)
{
	if (w->careful ? w->held > 0 && w->in_flight == 0 : w->n_refused > 0)
		return w->pause_until_ms;
	return INT64_MAX;
}

struct message *
window_find(struct window *w, uint64_t order)
{
	if (order < w->first || order >= w->last ||
	    at(w, order)->state != HELD_SENT)
		return NULL;
	return at(w, order);
}

struct message *
window_named(struct window *w, struct span name)
{
	/* Answers come in the order of what was sent: it is near the front. */
	for (uint64_t o = w->first; o < w->last; o++)
		if (at(w, o)->state == HELD_SENT &&
		    span_eq(at(w, o)->name, name))
			return at(w, o);
	return NULL;
}

void
window_sent(struct window *w, struct message *m, int64_t now_ms)
{
	if (m->state == HELD_REFUSED)
		w->n_refused--;
	m->state = HELD_SENT;
	m->tried = ++w->tries;
	m->sent_ms = now_ms;
	if (!m->suspect)
		m->accepted = w->accepted;
	w->in_flight++;
}

/* The target took another since: this one is itself at fault, or unlucky. */
static void
give_back(struct window *w, struct message *m, int64_t now_ms, const char *why)
{
	if (m->id.wanted) {
		if (m->state == HELD_REFUSED)
			w->n_refused--;
		tally_add(&w->retries, why);
		outcome_add(w->outcome, &m->id, m->order, OUTCOME_RETRY, why);
		settle(w, m);
		return;
	}
	if (m->state != HELD_REFUSED)
		w->n_refused++;
	m->state = HELD_REFUSED;
	w->backoff.tries = m->refusals++;
	m->due_ms = now_ms + backoff_next_ms(&w->backoff);
	if (w->n_refused == 1 || m->due_ms < w->pause_until_ms)
		w->pause_until_ms = m->due_ms;
}

/* One was accepted, so the target works: what did the others do? */
static void
end_care(struct window *w, int64_t now_ms)
{
	w->careful = false;
	w->ramp = 1; /* and one for who was accepted */
	w->pause_until_ms = INT64_MAX;
	backoff_reset(&w->backoff);
	for (uint64_t o = w->first; o < w->last; o++) {
		struct message *m = at(w, o);

		if (m->state != HELD_REFUSED)
			continue;
		if (m->lost)
			give_back(w, m, now_ms, "connection_lost");
		else
			wake(w, m);
	}
}

void
window_accept(struct window *w, struct message *m, int64_t now_ms)
{
	CRASH("ship.confirmed");
	w->in_flight--;
	if (w->accepted++ == 0)
		notify_event("first record delivered");
	w->lost_in_row = 0;
	/* One look at the clock serves all that one answer takes. */
	if (now_ms != w->success_ms)
		w->success_ns = rtime_now_ns();
	w->success_ms = now_ms;
	tally_time(&w->times, now_ms - m->sent_ms);
	outcome_add(w->outcome, &m->id, m->order, OUTCOME_OK, "");
	settle(w, m);
	if (w->careful)
		end_care(w, now_ms);
	if (w->ramp > 0 && ++w->ramp > w->n_max)
		w->ramp = 0;
}

void
window_refuse(
    struct window *w, struct message *m, int64_t now_ms, const char *why)
{
	w->in_flight--;
	w->refused++;
	m->suspect = true;
	if (w->accepted > m->accepted) {
		give_back(w, m, now_ms, why);
		return;
	}
	m->state = HELD_REFUSED;
	m->due_ms = now_ms;
	w->n_refused++;
	if (!w->careful)
		backoff_reset(&w->backoff);
	/* Those that were on their way as well do not lengthen the pause. */
	if (!w->careful || now_ms >= w->pause_until_ms)
		w->pause_until_ms = now_ms + backoff_next_ms(&w->backoff);
	w->careful = true;
}

void
window_reject(struct window *w, struct message *m, const char *why)
{
	w->in_flight--;
	w->rejected++;
	tally_add(&w->rejects, why);
	outcome_add(w->outcome, &m->id, m->order, OUTCOME_REJECT, why);
	settle(w, m);
}

void
window_drop(struct window *w, struct message *m, const char *why)
{
	w->in_flight--;
	w->dropped++;
	tally_add(&w->drops, why);
	outcome_add(w->outcome, &m->id, m->order, OUTCOME_OK, "");
	settle(w, m);
}

static void
send_again(struct window *w, struct message *m)
{
	m->state = HELD_WAITING;
	m->tried = 0; /* what came first goes first */
	w->in_flight--;
	w->next = w->first;
}

void
window_take_back(struct window *w)
{
	for (uint64_t o = w->first; o < w->last && w->in_flight > 0; o++)
		if (at(w, o)->state == HELD_SENT)
			send_again(w, at(w, o));
	w->next = w->first;
}

/* It was alone in flight when the peer went: it counts as refused. */
static void
blame_one(struct window *w, struct message *m, int64_t now_ms)
{
	m->state = HELD_REFUSED;
	m->lost = true;
	m->due_ms = now_ms;
	w->n_refused++;
	w->in_flight--;
}

void
window_lost(struct window *w, unsigned char by, int64_t now_ms, bool blame)
{
	bool alone = w->careful && blame && w->in_flight == 1, any = false;

	for (uint64_t o = w->first; o < w->last && w->in_flight > 0; o++) {
		struct message *m = at(w, o);

		if (m->state != HELD_SENT || m->by != by)
			continue;
		any = true;
		if (alone)
			blame_one(w, m, now_ms);
		else
			send_again(w, m);
	}
	if (!any)
		return;
	if (++w->lost_in_row >= 2 && !w->careful) {
		w->careful = true;
		/* The wait for the next connection is pause enough. */
		w->pause_until_ms = now_ms;
	}
}
