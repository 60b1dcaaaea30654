/* SPDX-License-Identifier: MIT */
/*
 * stat_form -- the figures of a lane as text, JSON and Prometheus text.
 *
 * One table tells them for both machine forms.  A figure that means nothing, a
 * bound that is not set or a time that does not come, is left out.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cmd/rx-spool/stat.h"
#include "lib/jstr.h"
#include "lib/stats.h"

static const char *const kinds[] = {
	[LANE_OPEN] = "new",
	[LANE_MARKED] = "marked",
	[LANE_UNMARKED] = "unmarked",
};

#define LANE(member) offsetof(struct lane_stat, lane.member)
#define DEPTH(member) offsetof(struct lane_stat, depth.member)
#define RATE(member) offsetof(struct lane_stat, rates.member)
#define TOLD(member) offsetof(struct lane_stat, member)

static const struct figure {
	const char *name; /* JSON; Prometheus: behind rx_spool_ */
	size_t offset;
	bool real; /* a double, left out below 0; else uint64_t */
	const char *prometheus; /* when the name is another, with its unit */
	const char *help;
} figures[] = {
	{ "pending", DEPTH(records), false, "pending_records",
	    "Records that wait." },
	{ "retrying", DEPTH(retrying), false, "retrying_records",
	    "Of those, records that were refused before." },
	{ "bytes", LANE(bytes), false, NULL,
	    "Bytes of the segments that hold them." },
	{ "segments", DEPTH(segments), false, NULL, "Those segments." },
	{ "oldest_seconds", TOLD(oldest_s), true, NULL,
	    "Since the oldest of them was stored." },
	{ "dead_letters", DEPTH(dead), false, NULL, "Dead letters kept." },
	{ "dead_bytes", LANE(dead_bytes), false, NULL, "Their bytes." },
	{ "kept_bytes", LANE(kept_bytes), false, NULL,
	    "Bytes of delivered segments kept." },
	{ "gaps", DEPTH(gaps), false, NULL, "Losses noted." },
	{ "epoch", LANE(epoch), false, NULL, "Claims so far." },
	{ "emit_epoch", LANE(emit_epoch), false, NULL,
	    "The last emit of the lane." },
	{ "marks", LANE(marks), false, NULL, "Marks stored." },
	{ "next_tag", LANE(next_tag), false, NULL,
	    "One above the highest tag of the lane." },
	{ "max_records", LANE(max_records), false, NULL,
	    "Bound of records, 0: none." },
	{ "max_bytes", LANE(max_bytes), false, NULL,
	    "Bound of bytes, 0: none." },
	{ "utilisation", TOLD(used), true, "utilisation_ratio",
	    "How full the lane is, by the nearer bound." },
	{ "in_rate", RATE(in), true, "in_records_per_second",
	    "Stored, in the last minute." },
	{ "out_rate", RATE(out), true, "out_records_per_second",
	    "Delivered, in the last minute." },
	{ "rate_seconds", TOLD(rate_s), true, NULL,
	    "Of the last minute, so much is known." },
	{ "day_rate", RATE(day_in), true, "day_records_per_second",
	    "Stored, over the last day." },
	{ "day_bytes_rate", RATE(day_bytes), true, "day_bytes_per_second",
	    "Bytes stored, over the last day." },
	{ "day_seconds", TOLD(day_s), true, NULL,
	    "Of the last day, so much is known." },
	{ "full_seconds", TOLD(full_s), true, NULL,
	    "Until the lane is full, as it goes now." },
	{ "outage_seconds", TOLD(outage_s), true, NULL,
	    "Until it is full at the rate of the last day, "
	    "when nothing is delivered." },
};
#define FIGURES (sizeof(figures) / sizeof(*figures))

static bool
real_of(const struct figure *f, const struct lane_stat *s, double *value)
{
	memcpy(value, (const char *)s + f->offset, sizeof(*value));
	return *value >= 0;
}

static uint64_t
whole_of(const struct figure *f, const struct lane_stat *s)
{
	uint64_t value;

	memcpy(&value, (const char *)s + f->offset, sizeof(value));
	return value;
}

/* -- JSON -------------------------------------------------------------------- */

static void
lane_json(struct buf *b, const struct lane_stat *s)
{
	double real;

	buf_addf(b, "{\"lane\":\"%s\",\"kind\":\"%s\"", s->lane.name,
	    kinds[s->lane.kind]);
	for (size_t i = 0; i < FIGURES; i++)
		if (!figures[i].real)
			buf_addf(b, ",\"%s\":%ju", figures[i].name,
			    (uintmax_t)whole_of(&figures[i], s));
		else if (real_of(&figures[i], s, &real))
			buf_addf(b, ",\"%s\":%.4f", figures[i].name, real);
	for (int i = 0; i < STORE_COUNTERS; i++)
		buf_addf(b, ",\"%s\":%ju", store_counter_names[i],
		    (uintmax_t)s->lane.count[i]);
	buf_addc(b, '}');
}

void
stat_json(struct buf *b, const struct spool_stat *t)
{
	buf_adds(b, "{\"path\":");
	jstr_add(b, span_of(t->path));
	buf_addf(b,
	    ",\"spool\":\"%s\",\"created\":\"%s\",\"db_bytes\":%ju,"
	    "\"free_bytes\":%ju,\"wal_bytes\":%ju,\"unknown\":%ju,\"lanes\":[",
	    t->uuid, t->size.created, (uintmax_t)t->size.db,
	    (uintmax_t)t->size.free, (uintmax_t)t->size.wal,
	    (uintmax_t)t->size.unknown);
	for (size_t i = 0; i < t->n; i++) {
		if (i > 0)
			buf_addc(b, ',');
		lane_json(b, &t->lanes[i]);
	}
	buf_adds(b, "]}\n");
}

/* -- Prometheus text --------------------------------------------------------- */

static void
figure_prometheus(
    struct buf *b, const struct spool_stat *t, const struct figure *f)
{
	char name[64];
	double real;

	snprintf(name, sizeof(name), "rx_spool_%s",
	    f->prometheus != NULL ? f->prometheus : f->name);
	stats_family(b, name, STATS_GAUGE, f->help);
	for (size_t i = 0; i < t->n; i++) {
		const struct lane_stat *s = &t->lanes[i];
		const struct stats_label lane = { "lane", s->lane.name };

		if (!f->real)
			stats_value(b, name, &lane, 1, whole_of(f, s));
		else if (real_of(f, s, &real))
			buf_addf(b, "%s{lane=\"%s\"} %.4f\n", name,
			    s->lane.name, real);
	}
}

static void
counter_prometheus(struct buf *b, const struct spool_stat *t, int counter)
{
	static const char *const help[STORE_COUNTERS] = {
#define HELP(id, name) [id] = "Counter " name " of the lane: rx-spool(1).",
		STORE_COUNTER_LIST(HELP)
	};
	char name[64];

	snprintf(name, sizeof(name), "rx_spool_%s_total",
	    store_counter_names[counter]);
	stats_family(b, name, STATS_COUNTER, help[counter]);
	for (size_t i = 0; i < t->n; i++) {
		const struct store_lane *l = &t->lanes[i].lane;
		const struct stats_label lane = { "lane", l->name };

		stats_value(b, name, &lane, 1, l->count[counter]);
	}
}

void
stat_prometheus(struct buf *b, const struct spool_stat *t)
{
	stats_one(b, "rx_spool_file_bytes", STATS_GAUGE,
	    "Size of the database file.", t->size.db);
	stats_one(b, "rx_spool_file_free_bytes", STATS_GAUGE,
	    "Of it, bytes that hold nothing.", t->size.free);
	stats_one(b, "rx_spool_log_bytes", STATS_GAUGE,
	    "Size of its write-ahead log.", t->size.wal);
	stats_one(b, "rx_spool_unknown_total", STATS_COUNTER,
	    "Outcomes for no record.", t->size.unknown);
	for (size_t i = 0; i < FIGURES; i++)
		figure_prometheus(b, t, &figures[i]);
	for (int i = 0; i < STORE_COUNTERS; i++)
		counter_prometheus(b, t, i);
}

/* -- text -------------------------------------------------------------------- */

/* Two units of it are enough: "3 d 4 h", "59 min 2 s". */
static void
duration(struct buf *b, double seconds)
{
	static const struct {
		double seconds;
		const char *name;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" },
		{ 1, "s" } };
	const int last = sizeof(units) / sizeof(*units) - 1;
	int i = 0;
	double n;

	if (seconds > 1000.0 * 86400) {
		buf_adds(b, "more than 1000 d");
		return;
	}
	while (i < last && seconds < units[i].seconds)
		i++;
	n = (double)(uint64_t)(seconds / units[i].seconds);
	buf_addf(b, "%.0f %s", n, units[i].name);
	seconds -= n * units[i].seconds;
	if (i < last)
		buf_addf(b, " %.0f %s",
		    (double)(uint64_t)(seconds / units[i + 1].seconds),
		    units[i + 1].name);
}

static void
forecast(struct buf *b, const char *what, double seconds)
{
	if (seconds < 0)
		return;
	buf_addf(b, "  %-14s ", what);
	duration(b, seconds);
	buf_addc(b, '\n');
}

/* And over what, where that is less than it should be. */
static void
rates(struct buf *b, const struct lane_stat *s)
{
	buf_addf(b, "  %-14s %.1f/s in, %.1f/s out", "rate", s->rates.in,
	    s->rates.out);
	if (s->rate_s < STAT_MINUTE_S) {
		buf_adds(b, " for ");
		duration(b, s->rate_s);
	}
	buf_adds(b, "; the last ");
	if (s->day_s < STAT_DAY_S)
		duration(b, s->day_s);
	else
		buf_adds(b, "day");
	buf_addf(b, " %.1f/s in\n", s->rates.day_in);
}

static void
lane_text(struct buf *b, const struct lane_stat *s)
{
	const struct store_lane *l = &s->lane;

	buf_addf(b, "lane %s, %s: %ju records, %ju bytes, oldest %.1f s\n",
	    l->name, kinds[l->kind], (uintmax_t)s->depth.records,
	    (uintmax_t)l->bytes, s->oldest_s);
	if (s->used >= 0)
		buf_addf(b, "  %-14s %.1f %%\n", "used", s->used * 100);
	rates(b, s);
	forecast(b, "full in", s->full_s);
	forecast(b, "outage lasts", s->outage_s);
	if (s->used >= 0 && s->outage_s < 0 && s->day_s < STAT_HOUR_S)
		buf_addf(b, "  %-14s not known before an hour of rates\n",
		    "outage lasts");
	buf_addf(b, "  %-14s %ju\n", "retrying", (uintmax_t)s->depth.retrying);
	buf_addf(b, "  %-14s %ju\n", "dead letters", (uintmax_t)s->depth.dead);
	if (l->kept_bytes > 0)
		buf_addf(b, "  %-14s %ju bytes\n", "history",
		    (uintmax_t)l->kept_bytes);
	buf_addf(b, "  %-14s %ju\n", "gaps", (uintmax_t)s->depth.gaps);
	for (int i = 0; i < STORE_COUNTERS; i++)
		buf_addf(b, "  %-14s %ju\n", store_counter_names[i],
		    (uintmax_t)l->count[i]);
}

void
stat_text(struct buf *b, const struct spool_stat *t)
{
	buf_addf(b,
	    "%s: spool %s since %s\n%ju bytes, %ju of them free, log %ju; %ju "
	    "outcomes for no record\n",
	    t->path, t->uuid, t->size.created, (uintmax_t)t->size.db,
	    (uintmax_t)t->size.free, (uintmax_t)t->size.wal,
	    (uintmax_t)t->size.unknown);
	for (size_t i = 0; i < t->n; i++)
		lane_text(b, &t->lanes[i]);
}
