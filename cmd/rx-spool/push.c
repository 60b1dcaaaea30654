/* SPDX-License-Identifier: MIT */
/*
 * push -- standard input into a lane (PROTOCOL.md 7): its options, and what it
 *         holds from start to end.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-spool/counters.h"
#include "lib/cli_config.h"
#include "lib/diag.h"
#include "lib/notify.h"
#include "lib/num.h"
#include "lib/stats.h"
#include "lib/stop.h"

#define BODIES_AT_LEAST 8 /* segments in a full lane: what drops, drops them */

static const struct cli_option options[] = {
	PUSH_OPTIONS,
	{ OPT_ALSO, "also", "LANE", "store the same in this lane too" },
	{ OPT_OUTCOMES, "outcomes", NULL,
	    "write an outcome for each record once it is stored" },
	{ OPT_UNMARKED, "unmarked", NULL, "the stream carries no marks" },
	{ 0, NULL, NULL, NULL },
};
static struct cli cli = {
	.name = "rx-spool push",
	.synopsis = "[options] DB [LANE]",
	.about = "Stores the records of standard input in a lane.",
	.options = options,
	.examples = "  echo '{\"a\":1}' | rx-spool push --unmarked q.db\n",
};

void
push_defaults(struct push *p)
{
	p->batch = 1024 * 1024;
	p->linger_ms = 20;
	p->mark_timeout_ms = 30000;
	p->keep_bytes = UINT64_C(100) << 20;
	p->max_segment = UINT64_C(16) << 20;
	bounds_init(&p->asked);
	p->n_targets = 1;
}

static void
add_lane(struct push *p, const char *name)
{
	if (!store_lane_valid(name))
		die(EX_USAGE, "--also %s is no lane", name);
	if (p->n_targets == PUSH_LANES)
		die(EX_USAGE, "--also is given more than %d times",
		    PUSH_LANES - 1);
	p->target[p->n_targets++].lane = name;
}

void
push_bounds(struct push *p, const struct cli *of)
{
	p->target->lane = p->lane;
	for (size_t i = p->n_targets; i-- > 0;) {
		struct target *to = &p->target[i];

		for (size_t j = 0; j < i; j++)
			if (strcmp(p->target[j].lane, to->lane) == 0)
				die(EX_USAGE, "lane %s is named twice",
				    to->lane);
		bounds_settle(&to->bounds, &p->asked, of, to->lane);
		if (i > 0) /* the first one's counts, the text was a loan */
			to->bounds.priority = NULL;
	}
}

void
push_option(struct push *p, const struct cli *of, int option)
{
	switch (option) {
	case OPT_BATCH:
		p->batch = num_opt_size("--batch", optarg, 1, 64 << 20);
		break;
	case OPT_KEEP:
		p->keep_ms = num_opt_duration("--keep", optarg, 0,
				 INT64_C(3650) * 86400 * NUM_S) /
		    NUM_MS;
		break;
	case OPT_KEEP_BYTES:
		p->keep_bytes =
		    num_opt_size("--keep-bytes", optarg, 0, INT64_MAX);
		break;
	case OPT_LINGER:
		p->linger_ms =
		    num_opt_duration("--linger", optarg, 0, 60 * NUM_S) /
		    NUM_MS;
		break;
	case OPT_MARK_TIMEOUT:
		p->mark_timeout_ms = num_opt_duration("--mark-timeout", optarg,
					 100 * NUM_MS, 3600 * NUM_S) /
		    NUM_MS;
		break;
	case OPT_MAX_SEGMENT:
		p->max_segment =
		    num_opt_size("--max-segment", optarg, 64 << 10, 256 << 20);
		break;
	case OPT_ALSO: add_lane(p, optarg); break;
	case OPT_CHECK: p->check = true; break;
	case OPT_SYNC: p->sync_normal = spool_sync_normal(optarg); break;
	case OPT_ID: p->id_member = optarg; break;
	case OPT_STATS: p->stats = optarg; break;
	case OPT_OUTCOMES: p->outcomes = true; break;
	case OPT_UNMARKED: p->unmarked = true; break;
	default: bounds_option(&p->asked, of, option); break;
	}
}

static void
size_bodies(struct push *p)
{
	uint64_t most = p->target->bounds.max_bytes / BODIES_AT_LEAST;

	p->pending.body_max =
	    p->target->bounds.max_bytes > 0 && most < STORE_BODY ? most
								 : STORE_BODY;
}

void
push_start(struct push *p, struct store *store, int stop_fd)
{
	p->store = store;
	lines_init(&p->in, STDIN_FILENO, stop_fd);
	record_init(&p->record);
	pending_init(&p->pending);
	sources_init(&p->sources);
	size_bodies(p);
	if ((p->drop = store_drop_new(store)) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	if (p->outcomes)
		outbuf_init(&p->out, STDOUT_FILENO);
	buf_init(&p->normal);
	buf_init(&p->id);
	buf_init(&p->gaps);
	digest_nonce(p->ids);
	p->awake_ms = stop_now_ms();
	p->swept_ms = INT64_MIN / 2; /* at once */
	p->committed_ms = p->awake_ms - p->linger_ms;
}

void
push_status(const struct push *p)
{
	info("%ju records stored in %ju commits, %ju held, %ju refused",
	    (uintmax_t)p->stored, (uintmax_t)p->commits,
	    (uintmax_t)p->pending.records, (uintmax_t)p->refused);
}

int
push_finish(struct push *p)
{
	uintmax_t refused = p->refused;

	if (p->outcomes && outbuf_close(&p->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	if (p->pending.records > 0)
		debug("%ju records without a mark discarded",
		    (uintmax_t)p->pending.records);
	if (p->in.overlong > 0)
		warn("%ju lines longer than %d bytes", p->in.overlong,
		    LINES_MAX);
	if (refused > 0)
		warn("%ju lines refused: no records", refused);
	lines_release(&p->in);
	record_release(&p->record);
	pending_release(&p->pending);
	store_drop_free(p->drop);
	free(p->offsets);
	buf_release(&p->id);
	sources_release(&p->sources);
	buf_release(&p->normal);
	buf_release(&p->gaps);
	return refused > 0 ? EX_PARTLY : EX_OK;
}

static void
on_status(void *arg)
{
	push_status(arg);
}

void
push_reload(void *arg)
{
	struct push *p = arg;

	if (p->asked.config == NULL)
		return;
	for (size_t i = p->n_targets; i-- > 0;)
		if (bounds_again(
			&p->target[i].bounds, &p->asked, p->target[i].lane) < 0)
			return;
	size_bodies(p);
	p->again_ms = 0; /* there may be room now */
	info("%s is read again", p->asked.config);
}

int
verb_push(int argc, char *argv[])
{
	static struct push push;
	struct push *p = &push;
	struct store_options how = { .create = true, .wait_ms = -1 };
	struct store *store;
	int ch, stop_fd, status;

	cli.versions = store_versions();
	push_defaults(p);
	cli_config(&cli, 'c', &argc, &argv);
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		push_option(p, &cli, ch);
	spool_operands(&cli, argc - optind, argv + optind, &p->path, &p->lane);
	push_bounds(p, &cli);
	if (p->n_targets > 1 && !p->unmarked)
		die(EX_USAGE, "--also is for a stream with --unmarked");
	if (p->check)
		return spool_check_start(p->path);
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	if (p->outcomes)
		stop_reader(STDOUT_FILENO);
	how.sync_normal = p->sync_normal;
	store = spool_open(p->path, &how);
	notify_event("queue opened: %s, lane %s", p->path, p->lane);
	push_start(p, store, stop_fd);
	counters_to(p->stats, p, NULL);
	spool_confine(p->path, p->stats, p->target->bounds.config);
	stop_on_status(on_status, p);
	stop_on_reload(push_reload, p);
	notify_count("records", &p->stored);
	notify_ready("loop started");
	turn_run(store, p, NULL);
	stats_end();
	status = push_finish(p);
	spool_close(store);
	return status;
}
