/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/counters.h"

#include <inttypes.h>

#include "cmd/rx-tail/tail.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/stats.h"
#include "lib/stop.h"

static const char *const rotations[ROTATION_KINDS] = { "renamed", "deleted",
	"copytruncate", "truncated" };
static const char *const gaps[GAP_KINDS] = { "truncated", "deleted" };

const char *
gap_name(enum gap kind)
{
	return gaps[kind];
}

static uintmax_t
sum(const uintmax_t *counts, size_t n)
{
	uintmax_t all = 0;

	while (n-- > 0)
		all += counts[n];
	return all;
}

struct lag {
	uint64_t bytes;
	int64_t ms;
};

static struct lag
lag_of(const struct log *log)
{
	struct lag lag = { 0 };
	const struct source *s;
	struct look l;

	TAILQ_FOREACH(s, &log->chain, chain)
	{
		uint64_t size = s->size;

		if (!source_wanted(s))
			continue;
		if (s->fd >= 0 && look_fd(s->fd, &l) == 0)
			size = l.size;
		if (size <= s->o)
			continue;
		lag.bytes += size - s->o;
		if (s->behind_ms != 0 && stop_now_ms() - s->behind_ms > lag.ms)
			lag.ms = stop_now_ms() - s->behind_ms;
	}
	return lag;
}

void
counters_status(void *arg)
{
	const struct tail *t = arg;
	const struct log *log, *last = NULL;
	struct lag most = { 0 };

	TAILQ_FOREACH(log, &t->logs, all)
	{
		struct lag lag = lag_of(log);

		if (lag.bytes > most.bytes) {
			most = lag;
			last = log;
		}
	}
	if (last != NULL)
		info("status: %s (%s) is the farthest behind: %" PRIu64
		     " bytes, %" PRId64 " ms",
		    last->label, last->path, most.bytes, most.ms);
	info("status: %" PRIu64 " files followed, %u open, %" PRIu64
	     " refused; %ju bytes and %ju lines read, %ju bytes replaced, "
	     "%ju lines undecoded; "
	     "%ju rotations, %ju gaps; %" PRIu64 " marks",
	    t->n_logs, t->n_open, t->refused, t->bytes, t->lines, t->replaced,
	    t->undecoded, sum(t->counters.rotations, ROTATION_KINDS),
	    sum(t->counters.gaps, GAP_KINDS), t->cut.q);
}

static void
render_kinds(struct buf *b, const char *name, const char *help,
    const char *label, const char *const *kinds, const uintmax_t *counts,
    size_t n)
{
	stats_family(b, name, STATS_COUNTER, help);
	for (size_t i = 0; i < n; i++) {
		const struct stats_label kind = { label, kinds[i] };

		stats_value(b, name, &kind, 1, counts[i]);
	}
}

/* What is told of each file. */
enum of_log { OF_BYTES, OF_LINES, OF_LAG_BYTES, OF_LAG_SECONDS };

static const struct {
	const char *name;
	enum stats_kind kind;
	const char *help;
} of_logs[] = {
	[OF_BYTES] = { "rx_tail_file_read_bytes_total", STATS_COUNTER,
	    "Bytes of lines handed on." },
	[OF_LINES] = { "rx_tail_file_read_lines_total", STATS_COUNTER,
	    "Lines handed on." },
	[OF_LAG_BYTES] = { "rx_tail_file_lag_bytes", STATS_GAUGE,
	    "Bytes that are there and were not handed on." },
	[OF_LAG_SECONDS] = { "rx_tail_file_lag_seconds", STATS_GAUGE,
	    "For how long there has been something to read." },
};

static void
render_log_value(struct buf *b, const struct log *log, enum of_log what)
{
	const struct stats_label labels[] = { { "path", log->path },
		{ "label", log->label } };
	const char *name = of_logs[what].name;
	struct lag lag;

	switch (what) {
	case OF_BYTES: stats_value(b, name, labels, 2, log->bytes); return;
	case OF_LINES: stats_value(b, name, labels, 2, log->lines); return;
	case OF_LAG_BYTES:
		lag = lag_of(log);
		stats_value(b, name, labels, 2, lag.bytes);
		return;
	case OF_LAG_SECONDS:
		lag = lag_of(log);
		stats_ns(b, name, labels, 2, lag.ms * NUM_MS);
		return;
	}
}

void
counters_render(void *arg, struct buf *b)
{
	const struct tail *t = arg;
	const struct log *log;

	stats_one(b, "rx_tail_read_bytes_total", STATS_COUNTER,
	    "Bytes of lines handed on, of all files.", t->bytes);
	stats_one(b, "rx_tail_read_lines_total", STATS_COUNTER,
	    "Lines handed on, of all files.", t->lines);
	stats_one(b, "rx_tail_written_records_total", STATS_COUNTER,
	    "Records written, marks aside.", t->counters.written);
	stats_one(b, "rx_tail_replaced_bytes_total", STATS_COUNTER,
	    "Bytes that were not UTF-8.", t->replaced);
	stats_one(b, "rx_tail_files", STATS_GAUGE, "Files that are followed.",
	    t->n_logs);
	stats_one(b, "rx_tail_files_refused", STATS_GAUGE,
	    "Files left out for --max-files.", t->refused);
	stats_one(b, "rx_tail_open_files", STATS_GAUGE,
	    "Descriptors held for files.", t->n_open);
	stats_one(b, "rx_tail_unreadable_total", STATS_COUNTER,
	    "Files that could not be read.", t->unreadable);
	stats_one(b, "rx_tail_own_lines_total", STATS_COUNTER,
	    "Messages of rx itself, left out.", t->counters.own);
	stats_one(b, "rx_tail_joined_lines_total", STATS_COUNTER,
	    "Lines that went into the record of another.", t->counters.joined);
	stats_one(b, "rx_tail_held_records", STATS_GAUGE,
	    "Records that wait for more of their lines.", t->counters.open);
	stats_one(b, "rx_tail_undecoded_lines_total", STATS_COUNTER,
	    "Lines that were not of their container format.", t->undecoded);
	stats_one(b, "rx_tail_event_overflows_total", STATS_COUNTER,
	    "Times the kernel dropped events of files.", t->counters.overflows);
	stats_one(b, "rx_tail_abandoned_bytes_total", STATS_COUNTER,
	    "Bytes that were seen and lost before they were read.",
	    t->counters.abandoned);
	render_kinds(b, "rx_tail_rotations_total",
	    "Files that went or were rewritten.", "kind", rotations,
	    t->counters.rotations, ROTATION_KINDS);
	render_kinds(b, "rx_tail_gaps_total",
	    "Places where lines may have been lost.", "why", gaps,
	    t->counters.gaps, GAP_KINDS);
	for (enum of_log what = OF_BYTES; what <= OF_LAG_SECONDS; what++) {
		stats_family(b, of_logs[what].name, of_logs[what].kind,
		    of_logs[what].help);
		TAILQ_FOREACH(log, &t->logs, all)
		render_log_value(b, log, what);
	}
}
