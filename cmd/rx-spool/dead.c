/* SPDX-License-Identifier: MIT */
/*
 * dead -- the dead letters: listed, put back, thrown away, bounded.
 *
 * What is listed is read one letter at a time, up to the last there was at the
 * start, so that letters put back by the next stage and dying again are not met
 * twice.
 */
#include "cmd/rx-spool/dead.h"

#include <unistd.h>

#include "cmd/rx-spool/select.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/num.h"
#include "lib/outbuf.h"
#include "lib/rtime.h"
#include "lib/stop.h"

static const struct cli_option options[] = {
	{ OPT_LETTER, "letter", "N", "only the one of this number" },
	{ OPT_MAX_BYTES, "max-bytes", "SIZE",
	    "the lane keeps at most so much" },
	{ OPT_MAX_RECORDS, "max-records", "N",
	    "the lane keeps at most so many" },
	{ OPT_PURGE, "purge", NULL, "throw them away" },
	{ OPT_PUT_BACK, "put-back", NULL,
	    "put those of standard input back into their lanes" },
	SELECT_OPTIONS,
	{ OPT_YES, "yes", NULL, "do it, with --purge" },
	{ 0, NULL, NULL, NULL },
};
static struct cli cli = {
	.name = "rx-spool dead",
	.synopsis = "[options] DB [LANE]",
	.about = "Lists dead letters, puts them back, throws them away.",
	.options = options,
	.examples = "  rx-spool dead q.db | jq -c '._rx'\n"
		    "  rx-spool dead q.db | rx-spool dead --put-back q.db\n",
};

struct dead {
	struct store *store;
	struct select select;
	const char *lane; /* NULL: all */
	struct store_lane row; /* of the letter at hand */
	uint64_t letter, max_records, max_bytes;
	bool put_back, purge, yes, bound_records, bound_bytes;
	struct buf texts, head;
	struct outbuf out;
};

static int64_t
lane_id(struct dead *d)
{
	struct store_lane lane;
	int status;

	if (d->lane == NULL)
		return 0;
	status = store_lane_find(d->store, d->lane, &lane);
	if (status == STORE_NONE)
		die(EX_IOERR, "%s", store_why(d->store));
	spool_check(d->store, status);
	return lane.id;
}

static void
print(struct dead *d, const struct store_letter *l)
{
	char stored[RTIME_MAX], died[RTIME_MAX];
	struct buf *b = &d->head;

	if (d->row.id != l->lane)
		spool_check(
		    d->store, store_lane_by_id(d->store, l->lane, &d->row));
	rtime_render(stored, l->stored_ms * NUM_MS, 3);
	rtime_render(died, l->died_ms * NUM_MS, 3);
	buf_reset(b);
	buf_addf(b, "{\"_rx\":{\"letter\":%ju,\"id\":", (uintmax_t)l->letter);
	jstr_add(b, l->id);
	buf_addf(b, ",\"lane\":\"%s\",\"why\":", d->row.name);
	jstr_add(b, l->why);
	buf_addf(b, ",\"at\":%ju,\"stored\":\"%s\",\"died\":\"%s\"}",
	    (uintmax_t)l->attempts, stored, died);
	buf_add(b, spool_rest(b, l->record));
	if (b->failed)
		die(EX_TEMPFAIL, "out of memory");
	outbuf_line(&d->out, buf_span(b));
}

/* Calls each letter that is asked for; it may delete it. */
static void
for_each(
    struct dead *d, void (*each)(struct dead *, const struct store_letter *))
{
	uint64_t last = d->letter, after = d->letter == 0 ? 0 : d->letter - 1;
	int64_t lane = lane_id(d);
	struct store_letter l;
	int status;

	if (last == 0)
		spool_check(d->store, store_dead_last(d->store, &last));
	while (!select_full(&d->select) && !stop_asked()) {
		status = store_dead_next(d->store, lane, after, &l, &d->texts);
		if (status == STORE_NONE || (status == 0 && l.letter > last))
			break;
		if (status != 0)
			outbuf_flush(&d->out); /* what is before the damage */
		spool_check(d->store, status);
		after = l.letter;
		if (select_takes(&d->select, l.record, l.stored_ms))
			each(d, &l);
	}
}

static int
list(struct dead *d)
{
	outbuf_init(&d->out, STDOUT_FILENO);
	for_each(d, print);
	if (outbuf_close(&d->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	return d->select.taken > 0 ? EX_OK : EX_PARTLY;
}

static void delete (struct dead *d, const struct store_letter *l)
{
	if (d->row.id != l->lane) {
		if (d->row.id != 0)
			spool_check(
			    d->store, store_lane_save(d->store, &d->row));
		spool_check(
		    d->store, store_lane_by_id(d->store, l->lane, &d->row));
	}
	spool_check(
	    d->store, store_dead_take(d->store, &d->row, l, DEAD_PURGED));
}

static void
count(struct dead *d, const struct store_letter *l)
{
	(void)d;
	(void)l;
}

static int
purge(struct dead *d)
{
	spool_check(d->store, store_begin(d->store));
	for_each(d, d->yes ? delete : count);
	if (!d->yes)
		die(EX_USAGE, "%ju dead letters: --yes throws them away",
		    (uintmax_t)d->select.taken);
	if (d->row.id != 0)
		spool_check(d->store, store_lane_save(d->store, &d->row));
	spool_check(d->store, store_commit(d->store));
	info("%ju dead letters thrown away", (uintmax_t)d->select.taken);
	return EX_OK;
}

static int
bound(struct dead *d)
{
	struct store_lane *l = &d->row;

	spool_check(d->store, store_begin(d->store));
	spool_check(d->store,
	    store_lane_make(d->store, d->lane != NULL ? d->lane : "main", l));
	if (d->bound_records)
		l->dead_max_records = d->max_records;
	if (d->bound_bytes)
		l->dead_max_bytes = d->max_bytes;
	spool_check(d->store, store_dead_trim(d->store, l));
	spool_check(d->store, store_lane_save(d->store, l));
	spool_check(d->store, store_commit(d->store));
	return EX_OK;
}

static void
option(struct dead *d, int ch)
{
	switch (ch) {
	case OPT_LETTER:
		d->letter = num_opt_u64("--letter", optarg, 1, INT64_MAX);
		break;
	case OPT_MAX_BYTES:
		d->max_bytes =
		    num_opt_size("--max-bytes", optarg, 0, INT64_MAX);
		d->bound_bytes = true;
		break;
	case OPT_MAX_RECORDS:
		d->max_records =
		    num_opt_u64("--max-records", optarg, 0, INT64_MAX);
		d->bound_records = true;
		break;
	case OPT_PURGE: d->purge = true; break;
	case OPT_PUT_BACK: d->put_back = true; break;
	case OPT_YES: d->yes = true; break;
	default: select_option(&d->select, ch);
	}
}

int
verb_dead(int argc, char *argv[])
{
	struct store_options how = { .wait_ms = -1 };
	struct dead d = { .letter = 0 };
	const char *path;
	int ch, stop_fd, bounds;

	cli.versions = store_versions();
	select_init(&d.select);
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		option(&d, ch);
	spool_operands(&cli, argc - optind, argv + optind, &path, &d.lane);
	if (argc - optind < 2)
		d.lane = NULL;
	bounds = d.bound_records || d.bound_bytes;
	if (d.put_back + d.purge + bounds > 1)
		cli_usage(
		    &cli, "--put-back, --purge and bounds exclude one another");
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	how.read_only = !d.put_back && !d.purge && !bounds;
	d.store = spool_open(path, &how);
	spool_confine(path, NULL, NULL);
	buf_init(&d.texts);
	buf_init(&d.head);
	if (d.put_back)
		ch = dead_restore(d.store, d.lane, stop_fd);
	else if (d.purge)
		ch = purge(&d);
	else
		ch = bounds ? bound(&d) : list(&d);
	if (how.read_only)
		store_close(d.store);
	else
		spool_close(d.store);
	buf_release(&d.texts);
	buf_release(&d.head);
	select_release(&d.select);
	return ch;
}
