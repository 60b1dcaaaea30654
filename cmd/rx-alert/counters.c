/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/counters.h"

#include <inttypes.h>

#include "lib/stats.h"

void
counters_status(void *arg)
{
	const struct engine *e = arg;
	const struct windows *w = &e->windows;

	info("%" PRIu64 " records, %" PRIu64 " evaluations, %" PRIu64
	     " tickets, %" PRIu64 " resolved, %" PRIu64 " refused, %" PRIu64
	     " late, %" PRIu64
	     " values that are no number, %zu watches, %" PRIu64 " evicted",
	    e->records, e->evaluations, e->tickets, e->resolved, e->refused,
	    e->late, e->picker.bad, e->watches.n, e->watches.evicted);
	if (w->rules->n > 0)
		info("windows: %" PRIu64 " events, %" PRIu64 " late, %" PRIu64
		     " warnings, %" PRIu64 " critical, %" PRIu64
		     " keys, %" PRIu64 " evicted, %" PRIu64 " expired",
		    w->events, w->late, w->warnings, w->criticals, w->table.n,
		    w->table.evicted, w->table.expired);
}

static void
render_labelled(struct buf *b, const char *name, const char *help,
    const char *label, const char *const *values, const uint64_t *counts,
    size_t n)
{
	stats_family(b, name, STATS_COUNTER, help);
	for (size_t i = 0; i < n; i++)
		stats_value(b, name, &(struct stats_label){ label, values[i] },
		    1, counts[i]);
}

static uint64_t
firing(const struct engine *e)
{
	const struct watch *w;
	uint64_t n = 0;

	for (w = keys_oldest(&e->watches); w != NULL; w = keys_newer(w))
		n += w->phase == FIRING;
	return n;
}

void
counters_render(void *arg, struct buf *b)
{
	static const char *const events[] = { "open", "resolved" };
	static const char *const severities[] = { "warn", "critical" };
	static const char *const reasons[] = { "no_record", "late_record",
		"no_number", "late_event" };
	const struct engine *e = arg;
	const struct windows *w = &e->windows;

	stats_one(b, "rx_alert_records_total", STATS_COUNTER,
	    "Records that were looked at.", e->records);
	stats_one(b, "rx_alert_evaluations_total", STATS_COUNTER,
	    "Values held against a rule, and events counted in a window.",
	    e->evaluations + w->events);
	render_labelled(b, "rx_alert_tickets_total", "Tickets, by status.",
	    "status", events, (uint64_t[]){ e->tickets, e->resolved }, 2);
	render_labelled(b, "rx_alert_anomalies_total",
	    "Anomalies of windows, by severity.", "severity", severities,
	    (uint64_t[]){ w->warnings, w->criticals }, 2);
	render_labelled(b, "rx_alert_ignored_total",
	    "What was not looked at, by reason.", "reason", reasons,
	    (uint64_t[]){ e->refused, e->late, e->picker.bad, w->late }, 4);
	stats_one(b, "rx_alert_firing", STATS_GAUGE,
	    "Alerts that are open now.", firing(e));
	stats_one(b, "rx_alert_watches", STATS_GAUGE,
	    "Subjects of rules that are kept.", e->watches.n);
	stats_one(b, "rx_alert_watches_evicted_total", STATS_COUNTER,
	    "Subjects forgotten for --max-keys.", e->watches.evicted);
	stats_one(b, "rx_alert_windows", STATS_GAUGE,
	    "Keys of windows that are kept.", w->table.n);
	stats_one(b, "rx_alert_windows_evicted_total", STATS_COUNTER,
	    "Keys of windows forgotten for --max-keys.", w->table.evicted);
	stats_one(b, "rx_alert_windows_expired_total", STATS_COUNTER,
	    "Keys of windows given back, being idle.", w->table.expired);
}
