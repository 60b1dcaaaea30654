/* SPDX-License-Identifier: MIT */
/*
 * emit -- a lane to standard output, oldest record first (PROTOCOL.md 11).
 *
 * Nothing of the database is held while output or news is awaited.  What may
 * go out is --inflight less what is out; that is counted in the tables again
 * whenever somebody has committed.  So a retry that is due while nothing may go
 * out waits for that.
 */
#include <stdlib.h>
#include <unistd.h>

#include "cmd/rx-spool/counters.h"
#include "lib/diag.h"
#include "lib/notify.h"
#include "lib/num.h"
#include "lib/stats.h"
#include "lib/stop.h"

#define STUCK_MS 60000 /* --inflight full for so long is told */

static const struct cli_option options[] = {
	CHECK_OPTION,
	EMIT_OPTIONS,
	{ OPT_ONCE, "once", NULL, "end when all that is due was emitted" },
	STATS_OPTION,
	{ 0, NULL, NULL, NULL },
};
static struct cli cli = {
	.name = "rx-spool emit",
	.synopsis = "[options] DB [LANE]",
	.about = "Writes the records of a lane, each until it is acknowledged.",
	.options = options,
	.examples = "  rx-spool emit q.db | rx-ship URL | rx-spool ack q.db\n",
};

void
emit_defaults(struct emit *e)
{
	e->inflight = 5000;
	e->retry_ms = INT64_MAX;
}

void
emit_option(struct emit *e, int option)
{
	switch (option) {
	case OPT_INFLIGHT:
		e->inflight = num_opt_u64("--inflight", optarg, 1, 10000000);
		break;
	case OPT_CHECK: e->check = true; break;
	case OPT_ONCE: e->once = true; break;
	case OPT_STATS: e->stats = optarg; break;
	}
}

void
emit_start(struct emit *e, struct store *store, const char *lane)
{
	e->store = store;
	spool_check(store, store_flight_open(store, lane, &e->flight));
	outbuf_init(&e->out, STDOUT_FILENO);
	buf_init(&e->head);
	for (int i = 0; i < STORE_CLASSES; i++)
		buf_init(&e->class[i].body);
	store_watch(store); /* before the first look */
	mark_open(&e->head, span_of(store_uuid(store)),
	    store_flight_epoch(e->flight));
	outbuf_add(&e->out, buf_span(&e->head));
}

void
emit_until_done(struct emit *e)
{
	e->once = true;
}

static void
count(struct emit *e)
{
	uint64_t before = e->outstanding, out;

	e->outstanding = 0;
	spool_check(e->store, store_read(e->store));
	for (int i = 0; i < STORE_CLASSES; i++) {
		const struct emit_class *c = &e->class[i];

		if (c->segment.n == 0)
			continue; /* nothing was emitted */
		spool_check(e->store,
		    store_flight_count(
			e->flight, i, c->segment.seg + c->pos - 1, &out));
		e->outstanding += out;
	}
	store_read_end(e->store);
	if (e->outstanding < before)
		e->full_ms = 0;
}

static void
watch_progress(struct emit *e)
{
	int64_t now = stop_now_ms();

	if (e->outstanding < e->inflight) {
		e->full_ms = 0;
		return;
	}
	if (e->full_ms == 0)
		e->full_ms = now;
	if (now - e->full_ms < STUCK_MS)
		return;
	deliver_name_oldest(e);
	e->full_ms = now;
}

static bool
all_emitted(struct emit *e)
{
	return e->retries_done == e->n_retries &&
	    e->retry_ms > spool_now_ms() && deliver_next(e) == NULL;
}

bool
emit_turn(struct emit *e, struct turn *t)
{
	struct emit_class *c;
	bool full;
	int gone;

	if (stop_asked())
		return false;
	if (t->moved)
		count(e);
	if (!outbuf_full(&e->out))
		deliver_retries(e);
	while (!outbuf_full(&e->out) && (c = deliver_next(e)) != NULL &&
	    deliver_segment(e, c))
		;
	full = outbuf_full(&e->out);
	if ((gone = outbuf_try(&e->out)) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	if (gone == 0)
		turn_await(t, TURN_OUT, STDOUT_FILENO);
	else if (full)
		turn_within(t, 0);
	else if (e->once && all_emitted(e))
		return false;
	else if (e->retry_ms != INT64_MAX && e->outstanding < e->inflight)
		turn_within(t, deliver_retry_in(e));
	turn_news(t);
	watch_progress(e);
	if (e->full_ms != 0)
		turn_within(t, STUCK_MS - (stop_now_ms() - e->full_ms));
	return true;
}

void
emit_status(const struct emit *e)
{
	info("%ju records emitted, %ju in flight", (uintmax_t)e->emitted,
	    (uintmax_t)e->outstanding);
}

void
emit_finish(struct emit *e)
{
	if (outbuf_close(&e->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	store_flight_close(e->flight);
	store_settle_free(e->settle);
	buf_release(&e->head);
	for (int i = 0; i < STORE_CLASSES; i++)
		emit_class_release(&e->class[i]);
}

static void
on_status(void *arg)
{
	emit_status(arg);
}

int
verb_emit(int argc, char *argv[])
{
	const struct store_options how = { .create = true, .wait_ms = -1 };
	struct emit emit = { .once = false };
	const char *path, *lane;
	struct store *store;
	int ch;

	cli.versions = store_versions();
	emit_defaults(&emit);
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		emit_option(&emit, ch);
	spool_operands(&cli, argc - optind, argv + optind, &path, &lane);
	if (emit.check)
		return spool_check_start(path);
	if (stop_init() < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	stop_reader(STDOUT_FILENO);
	store = spool_open(path, &how);
	notify_event("queue opened: %s, lane %s", path, lane);
	emit_start(&emit, store, lane);
	counters_to(emit.stats, NULL, &emit);
	spool_confine(path, emit.stats, NULL);
	stop_on_status(on_status, &emit);
	notify_count("records", &emit.emitted);
	notify_ready("loop started");
	turn_run(store, NULL, &emit);
	stats_end();
	emit_finish(&emit);
	spool_close(store);
	return EX_OK;
}
