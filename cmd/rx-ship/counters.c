/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/counters.h"

#include "lib/stats.h"

void
counters_render(void *arg, struct buf *b)
{
	const struct target *t = arg;
	const struct window *w = t->window;

	stats_one(b, "rx_ship_up", STATS_GAUGE, "Whether messages can be sent.",
	    t->up);
	stats_one(b, "rx_ship_taken_total", STATS_COUNTER,
	    "Messages taken from the input.", window_taken(w));
	stats_one(b, "rx_ship_sent_total", STATS_COUNTER,
	    "Messages sent, repeats too.", t->sent);
	stats_one(b, "rx_ship_delivered_total", STATS_COUNTER,
	    "Messages the target took.", w->accepted);
	stats_one(b, "rx_ship_refused_total", STATS_COUNTER,
	    "Messages the target refused for now.", w->refused);
	tally_render(&w->rejects, b, "rx_ship_rejected_total",
	    "Messages that will never be taken.");
	tally_render(&w->retries, b, "rx_ship_retried_total",
	    "Messages given back to the spool for another try.");
	tally_render(&w->drops, b, "rx_ship_dropped_total",
	    "Messages dropped, as the command line asks.");
	tally_render(&t->clamped, b, "rx_ship_clamped_total",
	    "Messages whose time was moved.");
	stats_one(b, "rx_ship_held", STATS_GAUGE,
	    "Messages taken and not settled.", w->held);
	stats_one(b, "rx_ship_in_flight", STATS_GAUGE,
	    "Messages sent and not answered.", w->in_flight);
	stats_one(b, "rx_ship_connects_total", STATS_COUNTER,
	    "Times the target was reached.", t->connects);
	stats_one(b, "rx_ship_failures_in_row", STATS_GAUGE,
	    "Times it was not reached since it was last.", t->failures);
	stats_one(b, "rx_ship_failures_total", STATS_COUNTER,
	    "Times the target was lost, or not reached.", t->lost);
	tally_render_times(&w->times, b, "rx_ship_delivery_seconds",
	    "From sending a message to the answer.");
	stats_family(b, "rx_ship_last_success_timestamp_seconds", STATS_GAUGE,
	    "When a message was taken last.");
	stats_ns(b, "rx_ship_last_success_timestamp_seconds", NULL, 0,
	    w->success_ns);
	if (t->ops->counters != NULL)
		t->ops->counters(t, b);
}
