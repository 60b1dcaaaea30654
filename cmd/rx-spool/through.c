/* SPDX-License-Identifier: MIT */
/*
 * through -- the form without a verb: push and emit on one lane, in one
 *            process.  The records are settled by others, in the database.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/rx-spool/counters.h"
#include "lib/cli_config.h"
#include "lib/diag.h"
#include "lib/notify.h"
#include "lib/pipe.h"
#include "lib/stats.h"
#include "lib/stop.h"

static const struct cli_option options[] = {
	EMIT_OPTIONS,
	PUSH_OPTIONS,
	{ 0, NULL, NULL, NULL },
};
static struct cli cli = {
	.name = "rx-spool",
	.synopsis = "[-c FILE] [--full POLICY] [--inflight N] "
		    "[--keep DURATION] [--max-age DURATION] "
		    "[--max-bytes SIZE] [--preset NAME] [option ...] "
		    "DB [LANE]",
	.about = "Stores standard input and writes what is stored, each record "
		 "until it is\nacknowledged.",
	.options = options,
	.examples =
	    "  rx-tail F | rx-match | rx-spool q.db | rx-ship --ack q.db URL\n"
	    "  rx-spool stat q.db\n"
	    "  rx-spool query q.db --limit 10 | jq .log_line\n"
	    "\n"
	    "The verbs ack, claim, dead, emit, purge, push, query, salvage "
	    "and stat\nhave their own --help.\n",
};

struct through {
	struct push push;
	struct emit emit;
};

/* A mistyped verb is no file name: that has a '.' or a '/' in it. */
static void
check_name(const char *path)
{
	if (strpbrk(path, "./") == NULL)
		cli_usage(
		    &cli, "no verb %s; if it is a file, say ./%s", path, path);
}

static void
on_status(void *arg)
{
	struct through *th = arg;

	push_status(&th->push);
	emit_status(&th->emit);
}

int
verb_through(int argc, char *argv[])
{
	static struct through th = { .push.either = true };
	struct push *p = &th.push;
	struct store_options how = { .create = true, .wait_ms = -1 };
	struct store *store;
	int ch, stop_fd, status;

	cli.versions = store_versions();
	push_defaults(p);
	emit_defaults(&th.emit);
	cli_config(&cli, 'c', &argc, &argv);
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		if (ch == OPT_INFLIGHT)
			emit_option(&th.emit, ch);
		else
			push_option(p, &cli, ch);
	spool_operands(&cli, argc - optind, argv + optind, &p->path, &p->lane);
	check_name(p->path);
	push_bounds(p, &cli);
	if (p->check)
		return spool_check_start(p->path);
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	stop_reader(STDOUT_FILENO);
	/* A write to a pipe whose reader is busy must not hold up storing. */
	if (pipe_unblock(STDOUT_FILENO) < 0)
		debug("a reader that does not read will hold up storing");
	how.sync_normal = p->sync_normal;
	store = spool_open(p->path, &how);
	notify_event("queue opened: %s, lane %s", p->path, p->lane);
	push_start(p, store, stop_fd);
	emit_start(&th.emit, store, p->lane);
	counters_to(p->stats, p, &th.emit);
	spool_confine(p->path, p->stats, p->target->bounds.config);
	stop_on_status(on_status, &th);
	stop_on_reload(push_reload, p);
	notify_count("records", &p->stored);
	notify_ready("loop started");
	turn_run(store, p, &th.emit);
	stats_end();
	status = push_finish(p);
	emit_finish(&th.emit);
	spool_close(store);
	return status;
}
