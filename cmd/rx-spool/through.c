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
#include "lib/stats.h"
#include "lib/stop.h"

static const struct cli_option options[] = {
	EMIT_OPTIONS,
	PUSH_OPTIONS,
	{ 0, NULL, NULL, NULL },
};
static struct cli cli = {
	.name = "rx-spool",
	.synopsis = "[options] DB [LANE]",
	.about = "Stores standard input and writes what is stored, each record "
		 "until it is\nacknowledged.",
	.options = options,
	.examples =
	    "  rx-tail F | rx-match | rx-spool q.db | rx-ship --ack q.db URL\n"
	    "The verbs ack, claim, dead, emit, purge, push, query, salvage "
	    "and stat have "
	    "their own --help.\n",
};

struct through {
	struct push push;
	struct emit emit;
};

/*
 * A write to a pipe whose reader is busy must not hold up storing.  The pipe
 * is opened anew for that: O_NONBLOCK set on the descriptor we were given would
 * be set for all who have it, and stay.  A file or a terminal takes what comes.
 */
static void
unblock_stdout(void)
{
	struct stat st;
	int fd;

	if (fstat(STDOUT_FILENO, &st) < 0 || !S_ISFIFO(st.st_mode))
		return;
	fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		debug("a reader that does not read will hold up storing");
	if (fd >= 0)
		close(fd);
}

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
	bounds_settle(&p->bounds, &p->asked, &cli, p->lane);
	if (p->check)
		return spool_check_start(p->path);
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	stop_reader(STDOUT_FILENO);
	unblock_stdout();
	how.sync_normal = p->sync_normal;
	store = spool_open(p->path, &how);
	push_start(p, store, stop_fd);
	emit_start(&th.emit, store, p->lane);
	counters_to(p->stats, p, &th.emit);
	spool_confine(p->path, p->stats, p->bounds.config);
	stop_on_status(on_status, &th);
	stop_on_reload(push_reload, p);
	turn_run(store, p, &th.emit);
	stats_end();
	status = push_finish(p);
	emit_finish(&th.emit);
	spool_close(store);
	return status;
}
