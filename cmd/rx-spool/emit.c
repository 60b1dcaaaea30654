/*
 * emit -- a lane to standard output, oldest record first (PROTOCOL.md 11).
 *
 * One segment is in memory at a time, so a backlog of any depth costs the
 * same.  Nothing of the database is held while output or news is awaited.
 * What may go out is --inflight less what is out; that is counted in the
 * tables again whenever somebody has committed.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-spool/spool.h"
#include "lib/crash.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/outbuf.h"
#include "lib/stop.h"

#define WAIT_MS 1000 /* the net under inotify */
#define STUCK_MS 60000 /* --inflight full for so long is told */
#define RETRIES 64 /* taken at a time */

enum { OPT_INFLIGHT = CLI_LONG, OPT_ONCE };

static const struct cli_option options[] = {
	{ OPT_INFLIGHT, "inflight", "N",
	    "records emitted and not acknowledged, at most [5000]" },
	{ OPT_ONCE, "once", NULL, "end when all that is due was emitted" },
	{ 0, NULL, NULL, NULL },
};
static struct cli cli = {
	.name = "rx-spool emit",
	.synopsis = "[options] DB [LANE]",
	.about = "Writes the records of a lane, each until it is acknowledged.",
	.options = options,
	.examples = "  rx-spool emit q.db | rx-ship URL | rx-spool ack q.db\n",
};

struct emit {
	struct store *store;
	struct store_flight *flight;
	struct outbuf out;
	struct buf head; /* the delivery of a record */
	uint64_t inflight;
	bool once;
	uint64_t outstanding, emitted;

	struct store_segment segment; /* n is 0: none yet */
	struct buf body;
	uint32_t *offsets;
	uint8_t *skip;
	uint64_t room; /* records that offsets and skip have room for */
	uint64_t pos; /* of the segment's records, gone through */

	int64_t retry_ms; /* when the next one is due */
	int64_t full_ms; /* since when nothing may go out; 0: it may */
};

static void
make_room(struct emit *e, uint64_t n)
{
	if (n <= e->room)
		return;
	e->offsets = realloc(e->offsets, (n + 1) * sizeof(*e->offsets));
	e->skip = realloc(e->skip, n);
	if (e->offsets == NULL || e->skip == NULL)
		die(EX_TEMPFAIL, "out of memory");
	e->room = n;
}

static void
index_segment(struct emit *e, const struct store_segment *g)
{
	make_room(e, g->n);
	if (store_segment_index(g, g->body, e->offsets) < 0)
		die(EX_DATAERR,
		    "the spool is damaged: segment %ju is not made of %ju "
		    "records",
		    (uintmax_t)g->seg, (uintmax_t)g->n);
}

/* What follows the brace and blanks. */
static struct span
members_of(struct span record)
{
	struct span rest;
	size_t at = 0;

	while (at < record.len && record.at[at] != '{')
		at++;
	if (at + 1 >= record.len)
		die(EX_DATAERR, "the spool is damaged: a record is none");
	rest = span_skip(record, at + 1);
	while (rest.len > 1 && strchr(" \t\r", rest.at[0]) != NULL)
		rest = span_skip(rest, 1);
	return rest;
}

/* The stored record with _rx replaced. */
static void
print(struct emit *e, struct span record, const struct store_segment *g,
    uint64_t tag, uint64_t attempts)
{
	char room[STORE_ID_MAX];
	struct delivery d = {
		.tag = tag, .ep = store_flight_epoch(e->flight), .at = attempts
	};
	struct span rest, rx = mark_rx(record, &rest);

	d.id = store_record_id(record, g, tag, room);
	buf_reset(&e->head);
	buf_add(&e->head, SPAN("{\"_rx\":"));
	delivery_render(&e->head, &d);
	if (rx.len == 0) {
		/* It brought none: its members follow ours. */
		rest = members_of(record);
		if (rest.at[0] != '}')
			buf_addc(&e->head, ',');
	}
	if (e->head.failed)
		die(EX_TEMPFAIL, "out of memory");
	CRASH("emit.row");
	outbuf_add(&e->out, buf_span(&e->head));
	outbuf_line(&e->out, rest);
	e->outstanding++;
	e->emitted++;
}

static void
flush(struct emit *e)
{
	if (outbuf_flush(&e->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
}

/* -- records in their turn ------------------------------------------------- */

/* The next segment that has a record to go through; false: there is none. */
static bool
next_segment(struct emit *e)
{
	int status;

	if (e->pos < e->segment.n)
		return true;
	status = store_segment_next(e->store, store_flight_lane(e->flight), 0,
	    e->segment.seg, &e->segment, &e->body);
	if (status == STORE_NONE)
		return false;
	spool_check(e->store, status);
	index_segment(e, &e->segment);
	e->pos = 0;
	return true;
}

/* Records of the segment at hand while there is room in flight. */
static void
emit_segment(struct emit *e)
{
	struct store_segment *g = &e->segment;
	uint64_t left = e->inflight - e->outstanding, end = e->pos;

	/* What has become of them since, also under an older epoch. */
	spool_check(e->store, store_flight_skip(e->flight, g, e->skip));
	for (; end < g->n && left > 0; end++)
		left -= e->skip[end] == 0;
	if (end == e->pos)
		return;
	spool_check(e->store,
	    store_flight_reach(e->flight, g->class, g->seg + end - 1));
	for (; e->pos < end; e->pos++)
		if (!e->skip[e->pos])
			print(e, store_record(g->body, e->offsets, e->pos), g,
			    g->seg + e->pos, 0);
}

/* -- retries ----------------------------------------------------------------- */

static void
emit_retry(struct emit *e, const struct store_retry *r, struct buf *body)
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
	print(e, store_record(g.body, offsets, r->tag - g.seg), &g, r->tag,
	    r->attempts);
	free(offsets);
}

static void
emit_retries(struct emit *e)
{
	struct store_retry due[RETRIES];
	struct buf body;
	size_t n, max;

	do {
		max = e->inflight - e->outstanding < RETRIES
		    ? (size_t)(e->inflight - e->outstanding)
		    : RETRIES;
		spool_check(e->store,
		    store_flight_retries(
			e->flight, spool_now_ms(), due, max, &n, &e->retry_ms));
		buf_init(&body);
		for (size_t i = 0; i < n; i++)
			emit_retry(e, &due[i], &body);
		buf_release(&body);
	} while (n > 0 && n == max);
}

/* -- waiting ------------------------------------------------------------------ */

static void
count(struct emit *e)
{
	uint64_t last = 0;

	if (e->segment.n > 0)
		last = e->segment.seg + e->pos - 1;
	spool_check(e->store, store_read(e->store));
	spool_check(
	    e->store, store_flight_count(e->flight, 0, last, &e->outstanding));
	store_read_end(e->store);
}

/* Who holds everything up? */
static void
name_oldest(struct emit *e)
{
	char room[STORE_ID_MAX];
	struct store_segment g = { .seg = 0 };
	struct span id;
	uint64_t i = 0;

	/* The segment at hand is read again when its turn goes on. */
	while (store_segment_next(e->store, store_flight_lane(e->flight), 0,
		   g.seg, &g, &e->body) == 0) {
		index_segment(e, &g);
		spool_check(
		    e->store, store_flight_skip(e->flight, &g, e->skip));
		for (i = 0; i < g.n && e->skip[i]; i++)
			;
		if (i < g.n)
			break;
	}
	if (g.n > 0 && i < g.n) {
		id = store_record_id(
		    store_record(g.body, e->offsets, i), &g, g.seg + i, room);
		warn("%ju records are out and none was settled for a minute; "
		     "the oldest is %.*s",
		    (uintmax_t)e->outstanding, (int)id.len, id.at);
	}
	if (e->segment.n > 0 && e->pos < e->segment.n) {
		spool_check(e->store,
		    store_segment_next(e->store, store_flight_lane(e->flight),
			0, e->segment.seg - 1, &e->segment, &e->body));
		index_segment(e, &e->segment);
	}
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
	name_oldest(e);
	e->full_ms = now;
}

static void
await_news(struct emit *e)
{
	struct pollfd news = { store_watch(e->store), POLLIN, 0 };
	int64_t wait = WAIT_MS, until_retry;

	if (e->retry_ms != INT64_MAX) {
		until_retry = e->retry_ms - spool_now_ms();
		if (until_retry < wait)
			wait = until_retry > 0 ? until_retry : 0;
	}
	watch_progress(e);
	stop_wait(&news, news.fd >= 0 ? 1 : 0, wait);
}

static void
run(struct emit *e)
{
	uint64_t before;

	while (!stop_asked()) {
		before = e->outstanding;
		if (store_moved(e->store)) {
			count(e);
			if (e->outstanding < before)
				e->full_ms = 0;
		}
		if (e->outstanding < e->inflight)
			emit_retries(e);
		while (e->outstanding < e->inflight && !stop_asked() &&
		    next_segment(e))
			emit_segment(e);
		flush(e);
		if (e->once && e->outstanding < e->inflight &&
		    e->retry_ms > spool_now_ms() && !next_segment(e))
			break;
		await_news(e);
	}
}

static void
on_status(void *arg)
{
	struct emit *e = arg;

	info("%ju records emitted, %ju in flight", (uintmax_t)e->emitted,
	    (uintmax_t)e->outstanding);
}

static void
announce(struct emit *e)
{
	buf_reset(&e->head);
	mark_open(&e->head, span_of(store_uuid(e->store)),
	    store_flight_epoch(e->flight));
	outbuf_add(&e->out, buf_span(&e->head));
	flush(e);
}

static void
parse(struct emit *e, int argc, char *argv[], const char **path,
    const char **lane)
{
	int ch;

	e->inflight = 5000;
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		switch (ch) {
		case OPT_INFLIGHT:
			e->inflight =
			    num_opt_u64("--inflight", optarg, 1, 10000000);
			break;
		case OPT_ONCE: e->once = true; break;
		}
	spool_operands(&cli, argc - optind, argv + optind, path, lane);
}

int
verb_emit(int argc, char *argv[])
{
	const struct store_options how = { .create = true, .wait_ms = -1 };
	struct emit emit = { .retry_ms = INT64_MAX };
	struct emit *e = &emit;
	const char *path, *lane;

	cli.versions = store_versions();
	parse(e, argc, argv, &path, &lane);
	if (stop_init() < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	stop_reader(STDOUT_FILENO);
	e->store = spool_open(path, &how);
	spool_confine(path);
	spool_check(e->store, store_flight_open(e->store, lane, &e->flight));
	outbuf_init(&e->out, STDOUT_FILENO);
	buf_init(&e->head);
	buf_init(&e->body);
	stop_on_status(on_status, e);
	store_watch(e->store); /* before the first look */
	announce(e);
	run(e);
	if (outbuf_close(&e->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	store_flight_close(e->flight);
	spool_close(e->store);
	buf_release(&e->head);
	buf_release(&e->body);
	free(e->offsets);
	free(e->skip);
	return EX_OK;
}
