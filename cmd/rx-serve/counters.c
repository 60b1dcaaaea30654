/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/counters.h"

#include <stddef.h>
#include <string.h>

#include "cmd/rx-serve/conn.h"
#include "cmd/rx-serve/ingest.h"
#include "cmd/rx-serve/tls.h"
#include "lib/stats.h"

static struct stream *const *streams;

static void
render_own(struct buf *b)
{
	static const struct {
		const char *name, *help;
		enum stats_kind kind;
		size_t offset;
	} of_stream[] = {
		{ "rx_serve_stream_clients", "Clients that watch.", STATS_GAUGE,
		    0 },
		{ "rx_serve_stream_records_total", "Records taken in.",
		    STATS_COUNTER, offsetof(struct stream, records) },
		{ "rx_serve_stream_refused_total", "Lines left out.",
		    STATS_COUNTER, offsetof(struct stream, refused) },
		{ "rx_serve_stream_dropped_total",
		    "Messages that slow clients missed.", STATS_COUNTER,
		    offsetof(struct stream, missed) },
	};
	const struct conn_counts *n = conn_counts();

	stats_one(b, "rx_serve_connections", STATS_GAUGE, "Open connections.",
	    n->open);
	stats_one(b, "rx_serve_accepted_total", STATS_COUNTER,
	    "Connections accepted.", n->accepted);
	stats_one(b, "rx_serve_refused_total", STATS_COUNTER,
	    "Requests refused.", n->refused);
	stats_one(b, "rx_serve_turned_away_total", STATS_COUNTER,
	    "Connections beyond the limit.", n->turned_away);
	stats_one(b, "rx_serve_not_allowed_total", STATS_COUNTER,
	    "Connections from addresses that are not allowed.", n->not_allowed);
	if (tls_is_on()) {
		stats_one(b, "rx_serve_tls_failed_total", STATS_COUNTER,
		    "Connections that broke TLS.", tls_failures());
		stats_one(b, "rx_serve_tls_expiry_timestamp_seconds",
		    STATS_GAUGE, "When the certificate ends.",
		    (uint64_t)tls_expiry_s());
	}
	if (ingest_is_on())
		ingest_stats(b);
	for (size_t i = 0; i < sizeof(of_stream) / sizeof(*of_stream); i++) {
		stats_family(
		    b, of_stream[i].name, of_stream[i].kind, of_stream[i].help);
		for (int k = 0; k < STREAMS; k++) {
			const struct stats_label label = { "stream",
				stream_names[k] };
			const struct stream *s = streams[k];
			uint64_t value;

			if (s == NULL)
				continue;
			value = s->n_clients;
			if (of_stream[i].kind == STATS_COUNTER)
				memcpy(&value,
				    (const char *)s + of_stream[i].offset,
				    sizeof(value));
			stats_value(b, of_stream[i].name, &label, 1, value);
		}
	}
}

void
counters_render(struct buf *b)
{
	stats_process(b);
	render_own(b);
}

static void
render(void *arg, struct buf *b)
{
	(void)arg;
	render_own(b);
}

void
counters_init(const char *path, struct stream *const list[STREAMS])
{
	streams = list;
	if (path == NULL)
		stats_start();
	else
		stats_to(path, render, NULL);
}
