/* SPDX-License-Identifier: MIT */
/* What happened, for --stats: see lib/stats.h. */
#include "lib/stats.h"

#include "match.h"
#include "steps.h"

static void
render(void *arg, struct buf *b)
{
	const struct job *j = arg;
	const struct {
		const char *reason;
		uintmax_t n;
	} refused[] = {
		{ "no_record", j->not_records },
		{ "too_long", j->overlong + j->in.overlong },
		{ "rejected", j->rejected },
		{ "unreadable_input", j->unreadable },
	};

	stats_one(b, "rx_match_read_lines_total", STATS_COUNTER,
	    "Lines that were read.", j->all_lines);
	stats_one(b, "rx_match_control_records_total", STATS_COUNTER,
	    "Of these, marks and their like, which pass.", j->controls);
	stats_one(b, "rx_match_kept_records_total", STATS_COUNTER,
	    "Records or lines that were kept.", j->all_kept);
	stats_family(b, "rx_match_refused_total", STATS_COUNTER,
	    "What was refused, by reason.");
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		const struct stats_label reason = { "reason",
			refused[i].reason };

		stats_value(
		    b, "rx_match_refused_total", &reason, 1, refused[i].n);
	}
	stats_one(b, "rx_match_limited_records_total", STATS_COUNTER,
	    "Records that passed because a pattern reached its bound.",
	    j->limited);
	stats_one(b, "rx_match_unclassed_records_total", STATS_COUNTER,
	    "Records that passed without severity, being too long.",
	    j->too_large);
	stats_one(b, "rx_match_replaced_bytes_total", STATS_COUNTER,
	    "Bytes replaced that are not UTF-8.", j->replaced);
	steps_stats(b);
}

void
counters_to(struct job *j, const char *path)
{
	stats_to(path, render, j);
}
