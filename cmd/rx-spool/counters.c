/* SPDX-License-Identifier: MIT */
#include "cmd/rx-spool/counters.h"

#include "lib/stats.h"

static void
render_push(struct buf *b, const struct push *p)
{
	static const char replayed[] = "rx_spool_push_replayed_records_total";
	struct stats_label by = { "by", "position" };

	stats_one(b, "rx_spool_push_taken_records_total", STATS_COUNTER,
	    "Data that was read, refused lines too.", p->taken);
	stats_one(b, "rx_spool_push_stored_records_total", STATS_COUNTER,
	    "Records given to the lane.", p->stored - p->repeated);
	stats_family(
	    b, replayed, STATS_COUNTER, "Records that were stored before.");
	stats_value(b, replayed, &by, 1, p->replayed);
	by.value = "id";
	stats_value(b, replayed, &by, 1, p->repeated);
	stats_one(b, "rx_spool_push_refused_lines_total", STATS_COUNTER,
	    "Lines that are no records, or too long.", p->refused);
	stats_one(b, "rx_spool_push_held_records", STATS_GAUGE,
	    "Records that wait for a mark, or for room.", p->pending.records);
	stats_one(b, "rx_spool_push_waiting", STATS_GAUGE,
	    "Whether there is no room.", p->room != ROOM);
	stats_one(b, "rx_spool_push_commits_total", STATS_COUNTER,
	    "Transactions.", p->commits);
}

static void
render_emit(struct buf *b, const struct emit *e)
{
	stats_one(b, "rx_spool_emit_written_records_total", STATS_COUNTER,
	    "Records written, repeats too.", e->emitted);
	stats_one(b, "rx_spool_emit_outstanding_records", STATS_GAUGE,
	    "Records written and not settled.", e->outstanding);
}

static struct {
	const struct push *push;
	const struct emit *emit;
} of;

static void
render(void *arg, struct buf *b)
{
	(void)arg;
	if (of.push != NULL)
		render_push(b, of.push);
	if (of.emit != NULL)
		render_emit(b, of.emit);
}

void
counters_to(const char *path, const struct push *p, const struct emit *e)
{
	if (path == NULL)
		return;
	of.push = p;
	of.emit = e;
	stats_to(path, render, NULL);
}
