/* SPDX-License-Identifier: MIT */
/* ingest_stats -- what ingest counts, for Prometheus. */
#include <stdio.h>

#include "cmd/rx-serve/ingest.h"
#include "lib/num.h"
#include "lib/stats.h"

#define TOOK "rx_serve_event_request_duration_seconds"

static const struct {
	int64_t ms;
	const char *le;
} steps[INGEST_STEPS] = { { 1, "0.001" }, { 5, "0.005" }, { 10, "0.01" },
	{ 25, "0.025" }, { 50, "0.05" }, { 100, "0.1" }, { 250, "0.25" },
	{ 500, "0.5" }, { 1000, "1" }, { 2500, "2.5" }, { 5000, "5" } };

void
ingest_took(struct ingest_counts *n, int64_t ms)
{
	size_t i = 0;

	while (i < INGEST_STEPS && ms > steps[i].ms)
		i++;
	n->took[i]++;
	n->took_ms += (uint64_t)ms;
}

static void
add_durations(struct buf *b, const struct ingest_counts *n)
{
	uint64_t sum = 0;

	stats_family(b, TOOK, STATS_HISTOGRAM,
	    "From a whole request with events to its 202.");
	for (size_t i = 0; i <= INGEST_STEPS; i++) {
		const struct stats_label le = { "le",
			i < INGEST_STEPS ? steps[i].le : "+Inf" };

		sum += n->took[i];
		stats_value(b, TOOK "_bucket", &le, 1, sum);
	}
	stats_ns(b, TOOK "_sum", NULL, 0, (int64_t)n->took_ms * NUM_MS);
	stats_value(b, TOOK "_count", NULL, 0, sum);
}

void
ingest_stats(struct buf *b)
{
	const struct ingest_counts *n = ingest_counts();
	const struct {
		const char *outcome;
		uint64_t value;
	} requests[] = { { "accepted", n->requests }, { "limited", n->limited },
		{ "refused", n->refused }, { "unavailable", n->unavailable } };

	stats_family(b, "rx_serve_event_requests_total", STATS_COUNTER,
	    "Requests with events.");
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		const struct stats_label l = { "outcome", requests[i].outcome };

		stats_value(b, "rx_serve_event_requests_total", &l, 1,
		    requests[i].value);
	}
	stats_one(b, "rx_serve_events_total", STATS_COUNTER, "Events taken.",
	    n->events);
	stats_one(b, "rx_serve_events_waiting", STATS_GAUGE,
	    "Events without an outcome yet.", n->waiting);
	stats_one(b, "rx_serve_event_members_renamed_total", STATS_COUNTER,
	    "Members _rx of events.", n->renamed);
	stats_one(b, "rx_serve_event_bytes_replaced_total", STATS_COUNTER,
	    "Bytes of events that were no UTF-8.", n->replaced);
	stats_one(b, "rx_serve_outcomes_unasked_total", STATS_COUNTER,
	    "Outcomes of events that nobody waited for.", n->unasked);
	add_durations(b, n);
}
