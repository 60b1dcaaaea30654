/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/loop.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "cmd/rx-tail/chain.h"
#include "cmd/rx-tail/checkpoint.h"
#include "cmd/rx-tail/input.h"
#include "cmd/rx-tail/journal.h"
#include "cmd/rx-tail/log.h"
#include "cmd/rx-tail/patterns.h"
#include "cmd/rx-tail/reconfig.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/stop.h"

static void
flush(struct tail *t)
{
	if (outbuf_flush(&t->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	t->keep_ms = checkpoint_turn(t);
}

static int64_t
cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * NUM_S + now.tv_nsec;
}

/* A tick that costs much comes less often: it gets a share of the time. */
static int64_t
apart(int64_t least_ms, int64_t cost_ns, int64_t share, int64_t most_ms)
{
	int64_t ms = cost_ns * share / NUM_MS;

	ms = ms > least_ms ? ms : least_ms;
	return ms < most_ms ? ms : most_ms;
}

/* All logs, or those that something is about to happen to. */
static void
tick(struct tail *t, int64_t now, int64_t cost_ns)
{
	static int64_t net_ms, walk_ms;
	bool all = now >= net_ms, poll = t->watch.polling || t->watch.remote;
	struct log *log;

	if (all)
		net_ms = now +
		    apart(LOOP_NET_MS, cost_ns, LOOP_NET_SHARE, LOOP_NET_MAX);
	if (all || (poll && now >= walk_ms)) {
		walk_ms = now + LOOP_WALK_MS;
		t->walk = true;
	}
	t->tick_ms = net_ms;
	TAILQ_FOREACH(log, &t->logs, all)
	{
		bool restless = chain_is_restless(t, log);

		if (all || restless || t->watch.polling || log->remote)
			log_due(t, log, true);
	}
	if (poll)
		t->tick_ms = now +
		    apart(
			LOOP_TICK_MS, cost_ns, LOOP_POLL_SHARE, LOOP_POLL_MAX);
}

/* Each log that is due now; those with more to read are due again. */
static void
turns(struct tail *t)
{
	struct log *last = TAILQ_LAST(&t->due, log_list), *log;
	bool was_last = last == NULL;

	while (!was_last && !stop_asked() && rate_open(&t->rate)) {
		log = TAILQ_FIRST(&t->due);
		was_last = log == last;
		TAILQ_REMOVE(&t->due, log, due_entry);
		log->due = false;
		if (chain_turn(t, log))
			log_due(t, log, false);
	}
}

/* Lines wait for --max-rate: as long as no mark is late. */
static void
rest(struct tail *t)
{
	int64_t ms = rate_wait_ms(&t->rate);

	if (ms > 0)
		stop_wait(NULL, 0, ms < CUT_MS ? ms : CUT_MS);
}

static void
mark_in_time(struct tail *t)
{
	int64_t now = stop_now_ms();

	if (cut_open(&t->cut)
		? TAILQ_EMPTY(&t->due) || now - t->cut.since_ms >= CUT_MS
		: now - t->cut.last_full_ms >= CUT_FULL_MS)
		cut_mark(t, false);
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The first event after a pause is taken at once, one that comes soon after
 * the last together with those that follow it.  A tick is no event: it must not
 * hold up the line that is written right after it. */
static void
wait(struct tail *t)
{
	static int64_t woken_ms;
	int64_t until = sooner(t->tick_ms, t->keep_ms), early;

	if (t->cut.on)
		until = sooner(until, t->cut.last_full_ms + CUT_FULL_MS);
	if (!input_wait(t, t->watch.fd, until)) {
		early = woken_ms + LOOP_REST_MS - stop_now_ms();
		if (early > 0)
			stop_wait(NULL, 0, early);
	}
	if (stop_now_ms() < until)
		woken_ms = stop_now_ms();
}

void
loop_follow(struct tail *t)
{
	int64_t cost_ns = 0, before_ns; /* of the last tick and its turns */
	bool more;
	struct log *log;

	while (!stop_asked()) {
		int64_t now = stop_now_ms();
		bool ticked = now >= t->tick_ms;

		if (t->reread)
			reconfig(t);
		watch_read(t);
		listing_forget(&t->listing);
		before_ns = ticked ? cpu_ns() : 0;
		if (ticked)
			tick(t, now, cost_ns);
		input_rest(t);
		if (t->walk)
			patterns_walk(t);
		turns(t);
		more = journal_turn(t);
		if (ticked)
			cost_ns = cpu_ns() - before_ns;
		mark_in_time(t);
		flush(t);
		stop_poll();
		if (!TAILQ_EMPTY(&t->due) || more) {
			rest(t);
			continue;
		}
		TAILQ_FOREACH(log, &t->logs, all)
		if (chain_is_restless(t, log) &&
		    t->tick_ms > now + LOOP_TICK_MS)
			t->tick_ms = now + LOOP_TICK_MS;
		if (input_is_restless(t))
			t->tick_ms = sooner(t->tick_ms, now + LOOP_TICK_MS);
		if (t->n_patterns == t->n_piped && t->n_inputs == 0 &&
		    !t->journal)
			break;
		wait(t);
	}
}

void
loop_once(struct tail *t)
{
	struct log *log;

	while (!stop_asked() && t->n_inputs > 0) {
		input_rest(t);
		flush(t);
		rest(t);
		input_wait(t, -1,
		    stop_now_ms() +
			(input_is_restless(t) ? LOOP_TICK_MS : LOOP_NET_MS));
	}
	while (!stop_asked() && journal_turn(t)) {
		flush(t);
		stop_poll();
		rest(t);
	}
	while (!stop_asked() && (log = TAILQ_FIRST(&t->due)) != NULL) {
		if (!chain_turn(t, log)) {
			TAILQ_REMOVE(&t->due, log, due_entry);
			log->due = false;
		}
		if (cut_open(&t->cut) &&
		    stop_now_ms() - t->cut.since_ms >= CUT_MS)
			cut_mark(t, false);
		flush(t);
		stop_poll();
		rest(t);
	}
}
