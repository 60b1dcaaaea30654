/*
 * ack -- outcomes from standard input into the spool (PROTOCOL.md 11).
 *
 * Outcomes are gathered as they come and applied together, in one short
 * transaction: at once when no more are there and the last commit is LINGER
 * old, else when it is, or when GROUP of them have come.  The text of a group
 * is kept until its commit, so that a full disk is met by trying again.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-spool/spool.h"
#include "lib/backoff.h"
#include "lib/crash.h"
#include "lib/diag.h"
#include "lib/lines.h"
#include "lib/num.h"
#include "lib/record.h"
#include "lib/stop.h"

#define LINGER_MS 20
#define GROUP 2048

enum { OPT_MAX_ATTEMPTS = CLI_LONG, OPT_SYNC };

static const struct cli_option options[] = {
	{ OPT_MAX_ATTEMPTS, "max-attempts", "N",
	    "refusals until a record is a dead letter, 0: never [10]" },
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
	const char *path;
	struct store *store;
	struct store_settle *settle;
	struct lines in;
	struct record record;
	struct buf group; /* lines, each with its '\n' */
	uint64_t n; /* of them */
	uint64_t outcomes, commits, refused;
	int64_t committed_ms, gathered_ms;
	struct spool_wait wait;
};

static int
apply(struct ack *a)
{
	struct span rest = buf_span(&a->group);
	int64_t now_ms = spool_now_ms();
	struct control c;
	int status = 0;

	while (status == 0 && rest.len > 0) {
		size_t len =
		    (size_t)((char *)memchr(rest.at, '\n', rest.len) - rest.at);

		/* It parsed when it came. */
		if (control_parse(&c, (struct span){ rest.at, len }) == 0)
			status = store_settle(a->settle, &c, now_ms);
		rest = span_skip(rest, len + 1);
	}
	return status;
}

static int
transaction(struct ack *a)
{
	int status = store_begin(a->store);

	if (status != 0)
		return status;
	if ((status = apply(a)) == 0 &&
	    (status = store_settle_flush(a->settle)) == 0) {
		CRASH("ack.precommit");
		status = store_commit(a->store);
		if (status == 0)
			CRASH("ack.postcommit");
	}
	if (status != 0) {
		store_settle_forget(a->settle);
		store_rollback(a->store);
	}
	return status;
}

static void
commit(struct ack *a)
{
	char full[STORE_WHY];
	int status;

	if (a->n == 0)
		return;
	while ((status = transaction(a)) == STORE_FULL) {
		snprintf(full, sizeof(full), "%s", store_why(a->store));
		if (stop_asked())
			die(EX_TEMPFAIL, "%s: %ju outcomes are not settled",
			    full, (uintmax_t)a->n);
		/* The log into the file makes room where there is none. */
		spool_check(a->store, store_shrink(a->store));
		if ((status = transaction(a)) != STORE_FULL)
			break;
		spool_wait(&a->wait, a->store, false, full);
	}
	spool_check(a->store, status);
	a->outcomes += a->n;
	a->commits++;
	a->n = 0;
	buf_reset(&a->group);
	a->committed_ms = stop_now_ms();
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
			if (a->n++ == 0)
				a->gathered_ms = stop_now_ms();
			buf_add(&a->group, line);
			buf_addc(&a->group, '\n');
			if (a->group.failed)
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

	if (a->n > 0) {
		due = LINGER_MS - (now - a->committed_ms);
		if (due <= 0 &&
		    (now - a->gathered_ms >= LINGER_MS ||
			poll(&in, 1, 0) == 0)) {
			commit(a);
			return;
		}
		due = due > 0 ? due : 0;
	}
	if (stop_wait(&in, 1, due < 0 ? 1000 : due) < 0 ||
	    ((in.revents != 0 || stop_asked()) && lines_fill(&a->in) < 0))
		die_sys(EX_IOERR, "unable to read stdin");
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
		if (a->n >= GROUP)
			commit(a);
	}
	commit(a);
}

static void
on_status(void *arg)
{
	struct ack *a = arg;

	info("%ju outcomes settled in %ju commits", (uintmax_t)a->outcomes,
	    (uintmax_t)a->commits);
}

int
verb_ack(int argc, char *argv[])
{
	struct store_options how = { .create = true, .wait_ms = -1 };
	uint64_t max_attempts = 10;
	struct ack a = { .n = 0 };
	int ch, stop_fd;

	cli.versions = store_versions();
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		switch (ch) {
		case OPT_MAX_ATTEMPTS:
			max_attempts =
			    num_opt_u64("--max-attempts", optarg, 0, 1000000);
			break;
		case OPT_SYNC:
			how.sync_normal = spool_sync_normal(optarg);
			break;
		}
	spool_operands(&cli, argc - optind, argv + optind, &a.path, NULL);
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	a.store = spool_open(a.path, &how);
	spool_confine(a.path);
	a.settle = store_settle_new(
	    a.store, max_attempts, backoff_seed(store_uuid(a.store)));
	if (a.settle == NULL)
		die(EX_TEMPFAIL, "out of memory");
	lines_init(&a.in, STDIN_FILENO, stop_fd);
	record_init(&a.record);
	buf_init(&a.group);
	a.committed_ms = stop_now_ms() - LINGER_MS;
	stop_on_status(on_status, &a);
	run(&a);
	a.refused += a.in.overlong;
	if (a.refused > 0)
		warn("%ju lines refused: no outcomes", (uintmax_t)a.refused);
	store_settle_free(a.settle);
	spool_close(a.store);
	lines_release(&a.in);
	record_release(&a.record);
	buf_release(&a.group);
	return a.refused > 0 ? EX_PARTLY : EX_OK;
}
