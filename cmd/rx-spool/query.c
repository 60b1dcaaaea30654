/* SPDX-License-Identifier: MIT */
/*
 * query -- what is in a lane, or was: records to standard output, and nothing
 *          changes.
 *
 * Which segments come into question is asked first; then one at a time is read
 * and written, so that no view of the database is held while the reader reads.
 * What was settled in between is left out.
 */
#include <stdlib.h>
#include <unistd.h>

#include "cmd/rx-spool/select.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/num.h"
#include "lib/outbuf.h"
#include "lib/rtime.h"
#include "lib/stop.h"

static const struct cli_option options[] = {
	{ OPT_HISTORY, "history", NULL, "what was settled and is kept" },
	SELECT_OPTIONS,
	{ 0, NULL, NULL, NULL },
};
static struct cli cli = {
	.name = "rx-spool query",
	.synopsis = "[options] DB [LANE]",
	.about = "Writes the records of a lane that wait, or were delivered.",
	.options = options,
	.examples = "  rx-spool query --since 1h --where severity=error q.db\n",
};

struct query {
	struct store *store;
	struct select select;
	bool history;
	const char *lane;
	struct outbuf out;
	struct buf head;
	uint64_t *segs;
	size_t n_segs, size;
};

static int
on_segment(void *arg, uint64_t seg)
{
	struct query *q = arg;

	if (q->n_segs == q->size) {
		q->size = q->size == 0 ? 256 : 2 * q->size;
		q->segs = realloc(q->segs, q->size * sizeof(*q->segs));
		if (q->segs == NULL)
			die(EX_TEMPFAIL, "out of memory");
	}
	q->segs[q->n_segs++] = seg;
	return 0;
}

static void
print(struct query *q, const struct store_look *look, uint64_t i,
    struct span record)
{
	static const char *const states[] = {
		[STATE_PENDING] = "pending",
		[STATE_DELIVERED] = "delivered",
		[STATE_DEAD] = "dead",
	};
	char room[STORE_ID_MAX], stored[RTIME_MAX];
	uint64_t tag = look->g.seg + i;
	struct span id = store_record_id(record, &look->g, tag, room);

	rtime_render(stored, look->g.stored_ms * NUM_MS, 3);
	buf_reset(&q->head);
	buf_adds(&q->head, "{\"_rx\":{\"id\":\"");
	buf_add(&q->head, id);
	buf_addf(&q->head,
	    "\",\"tag\":%ju,\"lane\":\"%s\",\"st\":\"%s\",\"at\":%ju,"
	    "\"stored\":\"%s\"}",
	    (uintmax_t)tag, q->lane, states[look->states[i]],
	    (uintmax_t)look->attempts[i], stored);
	buf_add(&q->head, spool_rest(&q->head, record));
	if (q->head.failed)
		die(EX_TEMPFAIL, "out of memory");
	outbuf_line(&q->out, buf_span(&q->head));
}

static void
segment(struct query *q, uint64_t seg, struct store_look *look)
{
	struct span record;
	int status = store_look(q->store, seg, q->history, look);

	if (status == STORE_NONE)
		return; /* it was settled, or forgotten, since */
	if (status != 0)
		outbuf_flush(&q->out); /* what is before the damage */
	spool_check(q->store, status);
	for (uint64_t i = 0; i < look->g.n && !select_full(&q->select); i++) {
		if (look->states[i] == STATE_GONE)
			continue;
		record = store_record(look->g.body, look->offsets, i);
		if (select_takes(&q->select, record, look->g.stored_ms))
			print(q, look, i, record);
	}
}

static void
run(struct query *q)
{
	struct store_look look = { .room = 0 };
	struct store_range range = {
		.history = q->history,
		.since_ms = q->select.since_ns / NUM_MS,
		.until_ms = q->select.until_ns / NUM_MS,
	};
	struct store_lane lane;
	int status = store_lane_find(q->store, q->lane, &lane);

	if (status == STORE_NONE)
		die(EX_IOERR, "%s", store_why(q->store));
	spool_check(q->store, status);
	range.lane = lane.id;
	spool_check(
	    q->store, store_range_segments(q->store, &range, on_segment, q));
	buf_init(&look.body);
	for (size_t i = 0; i < q->n_segs && !select_full(&q->select); i++) {
		segment(q, q->segs[i], &look);
		if (stop_asked())
			break;
	}
	store_look_release(&look);
}

int
verb_query(int argc, char *argv[])
{
	const struct store_options how = { .read_only = true, .wait_ms = -1 };
	struct query q = { .history = false };
	const char *path;
	int ch;

	cli.versions = store_versions();
	select_init(&q.select);
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		if (!select_option(&q.select, ch))
			q.history = true;
	spool_operands(&cli, argc - optind, argv + optind, &path, &q.lane);
	if (stop_init() < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	q.store = spool_open(path, &how);
	spool_confine(path, NULL, NULL);
	outbuf_init(&q.out, STDOUT_FILENO);
	buf_init(&q.head);
	run(&q);
	if (outbuf_close(&q.out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	store_close(q.store);
	free(q.segs);
	buf_release(&q.head);
	ch = q.select.taken > 0 ? EX_OK : EX_PARTLY;
	select_release(&q.select);
	return ch;
}
