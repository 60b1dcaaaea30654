/* SPDX-License-Identifier: MIT */
/*
 * ack -- outcomes from standard input into the spool (PROTOCOL.md 11).
 *
 * Outcomes are gathered as they come and settled together: at once when no
 * more are there and the last commit is a linger old, else when it is, or when
 * a group of them has come.
 */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/rx-spool/spool.h"
#include "lib/diag.h"
#include "lib/lines.h"
#include "lib/notify.h"
#include "lib/num.h"
#include "lib/record.h"
#include "lib/settle.h"
#include "lib/stats.h"
#include "lib/stop.h"

static const struct cli_option options[] = {
	CHECK_OPTION,
	{ OPT_MAX_ATTEMPTS, "max-attempts", "N",
	    "refusals until a record is a dead letter, 0: never [the "
	    "lane's: 10]" },
	STATS_OPTION,
	{ OPT_SYNC, "sync", "MODE", "full or normal [full]" },
	{ 0, NULL, NULL, NULL },
};
static struct cli cli = {
	.name = "rx-spool ack",
	.synopsis = "[options] DB",
	.about = "Settles the outcomes that rx-ship writes.",
	.options = options,
	.examples = "  rx-spool emit q.db | rx-ship URL | rx-spool ack q.db\n",
};

struct ack {
	const char *path, *stats;
	struct store *store;
	struct settle settle;
	struct lines in;
	struct record record;
	struct buf lines; /* outcomes, each with its '\n' */
	uint64_t taken; /* outcomes */
	uint64_t records; /* that lines tells of */
	uint64_t refused; /* lines */
	int64_t since_ms; /* the first of lines has come */
	int64_t last_ms; /* the last of them */
	int64_t read_ms; /* the input was looked at */
	struct spool_wait wait;
};

/* Outcomes that are not settled yet. */
static uint64_t
gathered(const struct ack *a)
{
	return a->taken - a->settle.outcomes;
}

static void
commit(struct ack *a)
{
	int status;

	while ((status = settle_commit(&a->settle, &a->lines)) == STORE_FULL) {
		if (stop_asked())
			die(EX_TEMPFAIL, "%s: %ju outcomes are not settled",
			    store_why(a->store), (uintmax_t)gathered(a));
		spool_wait_tell(&a->wait, store_why(a->store));
		stop_wait(NULL, 0, SPOOL_AGAIN_MS);
	}
	spool_check(a->store, status);
	a->records = 0;
}

static void
take(struct ack *a, struct span line, bool torn)
{
	struct control c;

	if (record_parse(&a->record, line) < 0) {
		if (torn)
			return;
	} else if (control_parse(&c, line) == 0) {
		if (c.kind == CONTROL_OUT) {
			a->last_ms = a->read_ms;
			if (gathered(a) == 0)
				a->since_ms = a->read_ms;
			a->taken++;
			a->records += c.to_tag - c.tag + 1;
			buf_add(&a->lines, line);
			buf_addc(&a->lines, '\n');
			if (a->lines.failed)
				die(EX_TEMPFAIL, "out of memory");
			return;
		}
		if (c.kind == CONTROL_OPEN)
			return;
	}
	if (a->refused++ == 0)
		warn("line %ju is no outcome", a->in.number);
}

static void
pause_reading(struct ack *a)
{
	struct pollfd in = { STDIN_FILENO, POLLIN, 0 };
	int64_t now = stop_now_ms(), due = -1;

	if (gathered(a) > 0) {
		due = settle_due_ms(&a->settle, a->records, a->last_ms) - now;
		if (due <= 0 &&
		    (now - a->since_ms >= SETTLE_LINGER_MS ||
			poll(&in, 1, 0) == 0)) {
			commit(a);
			return;
		}
		due = due > 0 ? due : 0;
	}
	if (stop_wait(&in, 1, due) < 0 ||
	    ((in.revents != 0 || stop_asked()) && lines_fill(&a->in) < 0))
		die_sys(EX_IOERR, "unable to read stdin");
	a->read_ms = stop_now_ms();
}

static void
run(struct ack *a)
{
	struct span line;
	int got;

	for (;;) {
		while (!lines_ready(&a->in))
			pause_reading(a);
		if ((got = lines_next(&a->in, &line)) == 0)
			break;
		if (got < 0)
			die_sys(EX_IOERR, "unable to read stdin");
		take(a, line, a->in.torn);
		if (gathered(a) >= SETTLE_GROUP)
			commit(a);
	}
	commit(a);
}

static void
on_status(void *arg)
{
	struct ack *a = arg;

	info("%ju outcomes settled in %ju commits",
	    (uintmax_t)a->settle.outcomes, (uintmax_t)a->settle.commits);
}

static void
render(void *arg, struct buf *b)
{
	const struct ack *a = arg;

	stats_one(b, "rx_spool_ack_taken_outcomes_total", STATS_COUNTER,
	    "Outcomes that were read.", a->taken);
	stats_one(b, "rx_spool_ack_settled_outcomes_total", STATS_COUNTER,
	    "Outcomes that were committed.", a->settle.outcomes);
	stats_one(b, "rx_spool_ack_held_outcomes", STATS_GAUGE,
	    "Outcomes that wait for their commit.", gathered(a));
	stats_one(b, "rx_spool_ack_refused_lines_total", STATS_COUNTER,
	    "Lines that are no outcomes.", a->refused + a->in.overlong);
	stats_one(b, "rx_spool_ack_commits_total", STATS_COUNTER,
	    "Transactions.", a->settle.commits);
}

int
verb_ack(int argc, char *argv[])
{
	struct store_options how = { .create = true, .wait_ms = -1 };
	uint64_t max_attempts = SETTLE_ATTEMPTS;
	struct ack a = { .taken = 0 };
	bool check = false;
	int ch, stop_fd;

	cli.versions = store_versions();
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		switch (ch) {
		case OPT_CHECK: check = true; break;
		case OPT_MAX_ATTEMPTS:
			max_attempts =
			    num_opt_u64("--max-attempts", optarg, 0, 1000000);
			break;
		case OPT_STATS: a.stats = optarg; break;
		case OPT_SYNC:
			how.sync_normal = spool_sync_normal(optarg);
			break;
		}
	spool_operands(&cli, argc - optind, argv + optind, &a.path, NULL);
	if (check)
		return spool_check_start(a.path);
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	a.store = spool_open(a.path, &how);
	if (settle_init(&a.settle, a.store, max_attempts) < 0)
		die(EX_TEMPFAIL, "out of memory");
	lines_init(&a.in, STDIN_FILENO, stop_fd);
	record_init(&a.record);
	buf_init(&a.lines);
	if (a.stats != NULL)
		stats_to(a.stats, render, &a);
	spool_confine(a.path, a.stats, NULL);
	stop_on_status(on_status, &a);
	notify_count("outcomes", &a.settle.outcomes);
	notify_ready("loop started: outcomes of %s", a.path);
	run(&a);
	stats_end();
	a.refused += a.in.overlong;
	if (a.refused > 0)
		warn("%ju lines refused: no outcomes", (uintmax_t)a.refused);
	settle_release(&a.settle);
	spool_close(a.store);
	lines_release(&a.in);
	record_release(&a.record);
	buf_release(&a.lines);
	return a.refused > 0 ? EX_PARTLY : EX_OK;
}
