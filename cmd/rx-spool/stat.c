/* stat -- what is in a spool, for people and as one record. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-spool/spool.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/outbuf.h"
#include "lib/stop.h"

static const struct cli_option options[] = {
	{ OPT_JSON, "json", NULL, "one JSON object" },
	{ 0, NULL, NULL, NULL },
};
static struct cli cli = {
	.name = "rx-spool stat",
	.synopsis = "[options] DB [LANE]",
	.about = "Tells what is in a spool.",
	.options = options,
	.examples = "  rx-spool stat --json q.db | jq '.lanes[].pending'\n",
};

struct report {
	struct store *store;
	const char *only; /* this lane, or NULL */
	bool json;
	size_t lanes;
	struct buf text;
};

static const char *const kinds[] = {
	[LANE_OPEN] = "new",
	[LANE_MARKED] = "marked",
	[LANE_UNMARKED] = "unmarked",
};

/* The nearer bound, of records or bytes, from 0 to 1; -1: there is none. */
static double
utilisation(const struct store_lane *l, const struct store_depth *d)
{
	double of_records = -1, of_bytes = -1;

	if (l->max_records > 0)
		of_records = (double)d->records / (double)l->max_records;
	if (l->max_bytes > 0)
		of_bytes = (double)l->bytes / (double)l->max_bytes;
	return of_records > of_bytes ? of_records : of_bytes;
}

static int64_t
age_ms(const struct store_depth *d)
{
	int64_t age = spool_now_ms() - d->oldest_ms;

	return d->oldest_ms == 0 || age < 0 ? 0 : age;
}

static void
lane_json(
    struct report *r, const struct store_lane *l, const struct store_depth *d)
{
	struct buf *b = &r->text;
	double used = utilisation(l, d);

	buf_addf(b,
	    "%s{\"lane\":\"%s\",\"kind\":\"%s\",\"pending\":%ju,"
	    "\"retrying\":%ju,\"bytes\":%ju,\"segments\":%ju,"
	    "\"oldest_seconds\":%jd.%03jd,\"dead_letters\":%ju,\"gaps\":%ju,"
	    "\"epoch\":%ju,\"emit_epoch\":%ju,\"marks\":%ju,"
	    "\"next_tag\":%ju,\"max_records\":%ju,\"max_bytes\":%ju",
	    r->lanes > 0 ? "," : "", l->name, kinds[l->kind],
	    (uintmax_t)d->records, (uintmax_t)d->retrying, (uintmax_t)l->bytes,
	    (uintmax_t)d->segments, (intmax_t)age_ms(d) / 1000,
	    (intmax_t)age_ms(d) % 1000, (uintmax_t)d->dead, (uintmax_t)d->gaps,
	    (uintmax_t)l->epoch, (uintmax_t)l->emit_epoch, (uintmax_t)l->marks,
	    (uintmax_t)l->next_tag, (uintmax_t)l->max_records,
	    (uintmax_t)l->max_bytes);
	if (used >= 0)
		buf_addf(b, ",\"utilisation\":%.4f", used);
	for (int i = 0; i < STORE_COUNTERS; i++)
		buf_addf(b, ",\"%s\":%ju", store_counter_names[i],
		    (uintmax_t)l->count[i]);
	buf_addc(b, '}');
}

static void
lane_text(
    struct report *r, const struct store_lane *l, const struct store_depth *d)
{
	struct buf *b = &r->text;
	double used = utilisation(l, d);

	buf_addf(b, "lane %s, %s: %ju records, %ju bytes, oldest %jd.%01jd s\n",
	    l->name, kinds[l->kind], (uintmax_t)d->records, (uintmax_t)l->bytes,
	    (intmax_t)age_ms(d) / 1000, (intmax_t)age_ms(d) % 1000 / 100);
	if (used >= 0)
		buf_addf(b, "  %-14s %.1f %%\n", "used", used * 100);
	buf_addf(b, "  %-14s %ju\n", "retrying", (uintmax_t)d->retrying);
	buf_addf(b, "  %-14s %ju\n", "dead letters", (uintmax_t)d->dead);
	buf_addf(b, "  %-14s %ju\n", "gaps", (uintmax_t)d->gaps);
	for (int i = 0; i < STORE_COUNTERS; i++)
		buf_addf(b, "  %-14s %ju\n", store_counter_names[i],
		    (uintmax_t)l->count[i]);
}

static int
on_lane(void *arg, const struct store_lane *l)
{
	struct report *r = arg;
	struct store_depth d;

	if (r->only != NULL && strcmp(r->only, l->name) != 0)
		return 0;
	spool_check(r->store, store_depth(r->store, l->id, &d));
	if (r->json)
		lane_json(r, l, &d);
	else
		lane_text(r, l, &d);
	r->lanes++;
	return 0;
}

static void
head(struct report *r, const char *path)
{
	struct buf *b = &r->text;
	struct store_size size;

	spool_check(r->store, store_size(r->store, &size));
	if (!r->json) {
		buf_addf(b,
		    "%s: spool %s since %s\n%ju bytes, %ju of them free, log "
		    "%ju; %ju outcomes for no record\n",
		    path, store_uuid(r->store), size.created,
		    (uintmax_t)size.db, (uintmax_t)size.free,
		    (uintmax_t)size.wal, (uintmax_t)size.unknown);
		return;
	}
	buf_adds(b, "{\"path\":");
	jstr_add(b, span_of(path));
	buf_addf(b,
	    ",\"spool\":\"%s\",\"created\":\"%s\",\"db_bytes\":%ju,"
	    "\"free_bytes\":%ju,\"wal_bytes\":%ju,\"unknown\":%ju,\"lanes\":[",
	    store_uuid(r->store), size.created, (uintmax_t)size.db,
	    (uintmax_t)size.free, (uintmax_t)size.wal, (uintmax_t)size.unknown);
}

int
verb_stat(int argc, char *argv[])
{
	const struct store_options how = { .read_only = true, .wait_ms = -1 };
	struct report r = { .json = false };
	const char *path, *lane;
	struct outbuf out;
	int ch;

	cli.versions = store_versions();
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		if (ch == OPT_JSON)
			r.json = true;
	spool_operands(&cli, argc - optind, argv + optind, &path, &lane);
	if (argc - optind > 1)
		r.only = lane;
	if (stop_init() < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	r.store = spool_open(path, &how);
	spool_confine(path);
	buf_init(&r.text);
	/* One view, so that the sums agree. */
	spool_check(r.store, store_read(r.store));
	head(&r, path);
	spool_check(r.store, store_lanes(r.store, on_lane, &r));
	store_read_end(r.store);
	if (r.only != NULL && r.lanes == 0)
		die(EX_IOERR, "%s has no lane %s", path, r.only);
	if (r.json)
		buf_adds(&r.text, "]}\n");
	if (r.text.failed)
		die(EX_TEMPFAIL, "out of memory");
	outbuf_init(&out, STDOUT_FILENO);
	outbuf_add(&out, buf_span(&r.text));
	if (outbuf_close(&out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	buf_release(&r.text);
	store_close(r.store);
	return EX_OK;
}
