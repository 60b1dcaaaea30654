/* SPDX-License-Identifier: MIT */
/* stat -- what is in a spool, how fast it fills, and when it is full. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-spool/stat.h"
#include "lib/diag.h"
#include "lib/outbuf.h"
#include "lib/stop.h"

static const struct cli_option options[] = {
	{ OPT_JSON, "json", NULL, "one JSON object" },
	{ OPT_PROMETHEUS, "prometheus", NULL, "Prometheus text" },
	{ 0, NULL, NULL, NULL },
};
static struct cli cli = {
	.name = "rx-spool stat",
	.synopsis = "[options] DB [LANE]",
	.about = "Tells what is in a spool.",
	.options = options,
	.examples = "  rx-spool stat --json q.db | jq '.lanes[].pending'\n",
};

struct gather {
	struct store *store;
	const char *only; /* this lane, or NULL */
	struct spool_stat stat;
};

static double
nearer(double a, double b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* How long what is left lasts when it goes by `rate` a second. */
static double
lasts(uint64_t max, uint64_t used, double rate)
{
	if (max > 0 && used >= max)
		return 0;
	return max == 0 || rate <= 0 ? STAT_NEVER : (double)(max - used) / rate;
}

static void
derive(struct lane_stat *s, int64_t now_ms)
{
	const struct store_lane *l = &s->lane;
	const struct store_rates *r = &s->rates;
	double of_records = -1, of_bytes = -1, each = 0;
	double grows = 0, day_in = 0, day_bytes = 0; /* as far as is known */

	s->rate_s = (double)r->minute_ms / 1000;
	s->day_s = (double)r->day_ms / 1000;
	if (s->rate_s >= STAT_MINUTE_S)
		grows = r->in - r->out;
	if (s->day_s >= STAT_HOUR_S) {
		day_in = r->day_in;
		day_bytes = r->day_bytes;
	}
	s->oldest_s = s->depth.oldest_ms == 0 || now_ms < s->depth.oldest_ms
	    ? 0
	    : (double)(now_ms - s->depth.oldest_ms) / 1000;
	if (l->max_records > 0)
		of_records = (double)s->depth.records / (double)l->max_records;
	if (l->max_bytes > 0)
		of_bytes = (double)l->bytes / (double)l->max_bytes;
	s->used = of_records > of_bytes ? of_records : of_bytes;
	/* Of each record so many bytes, by what came in the last day. */
	if (r->day_in > 0)
		each = r->day_bytes / r->day_in;
	s->full_s = nearer(lasts(l->max_records, s->depth.records, grows),
	    lasts(l->max_bytes, l->bytes, grows * each));
	s->outage_s = nearer(lasts(l->max_records, s->depth.records, day_in),
	    lasts(l->max_bytes, l->bytes, day_bytes));
}

static int
on_lane(void *arg, const struct store_lane *l)
{
	struct gather *g = arg;
	struct spool_stat *t = &g->stat;
	int64_t now_ms = spool_now_ms();
	struct lane_stat *s;

	if (g->only != NULL && strcmp(g->only, l->name) != 0)
		return 0;
	t->lanes = realloc(t->lanes, (t->n + 1) * sizeof(*t->lanes));
	if (t->lanes == NULL)
		die(EX_TEMPFAIL, "out of memory");
	s = &t->lanes[t->n++];
	s->lane = *l;
	spool_check(g->store, store_depth(g->store, l->id, &s->depth));
	spool_check(g->store, store_rates(g->store, l, now_ms, &s->rates));
	derive(s, now_ms);
	return 0;
}

/* In one view, so that the sums agree. */
static void
gather(struct gather *g)
{
	spool_check(g->store, store_read(g->store));
	g->stat.uuid = store_uuid(g->store);
	spool_check(g->store, store_size(g->store, &g->stat.size));
	spool_check(g->store, store_lanes(g->store, on_lane, g));
	store_read_end(g->store);
	if (g->only != NULL && g->stat.n == 0)
		die(EX_IOERR, "%s has no lane %s", g->stat.path, g->only);
}

static void
print(const struct buf *text)
{
	struct outbuf out;

	if (text->failed)
		die(EX_TEMPFAIL, "out of memory");
	outbuf_init(&out, STDOUT_FILENO);
	outbuf_add(&out, buf_span(text));
	if (outbuf_close(&out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
}

int
verb_stat(int argc, char *argv[])
{
	const struct store_options how = { .read_only = true, .wait_ms = -1 };
	void (*form)(struct buf *, const struct spool_stat *) = stat_text;
	struct gather g = { .only = NULL };
	const char *lane;
	struct buf text;
	int ch;

	cli.versions = store_versions();
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		form = ch == OPT_JSON ? stat_json : stat_prometheus;
	spool_operands(&cli, argc - optind, argv + optind, &g.stat.path, &lane);
	if (argc - optind > 1)
		g.only = lane;
	if (stop_init() < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	g.store = spool_open(g.stat.path, &how);
	spool_confine(g.stat.path, NULL, NULL);
	gather(&g);
	buf_init(&text);
	form(&text, &g.stat);
	store_close(g.store);
	print(&text);
	buf_release(&text);
	free(g.stat.lanes);
	return EX_OK;
}
