/* SPDX-License-Identifier: MIT */
/*
 * rx-tail -- follow log files and write their lines as records.
 *
 * The parts and how they hang together: tail.h.  Which file is which:
 * ident.h, chain.h, start.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd/rx-tail/check.h"
#include "cmd/rx-tail/checkpoint.h"
#include "cmd/rx-tail/claims.h"
#include "cmd/rx-tail/input.h"
#include "cmd/rx-tail/join.h"
#include "cmd/rx-tail/journal.h"
#include "cmd/rx-tail/links.h"
#include "cmd/rx-tail/loop.h"
#include "cmd/rx-tail/options.h"
#include "cmd/rx-tail/patterns.h"
#include "cmd/rx-tail/reconfig.h"
#include "cmd/rx-tail/start.h"
#include "cmd/rx-tail/tail.h"
#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/notify.h"
#include "lib/stats.h"
#include "lib/stop.h"

static struct tail tail;
static struct claims claims;

/* Everything may be read, and nothing be written but beside these files. */
static void
give_up_privileges(const struct given *g)
{
	const char *const written[] = { g->stats, g->checkpoint };
	bool ok = confine_allow("/", "r") == 0;

	for (size_t i = 0; i < sizeof(written) / sizeof(*written); i++) {
		char dir[PATH_MAX];

		if (written[i] == NULL)
			continue;
		ok &= snprintf(dir, sizeof(dir), "%s", written[i]) <
			(int)sizeof(dir) &&
		    confine_allow(dirname(dir), "rwc") == 0;
	}
	if (!ok || confine("stdio rpath wpath cpath") < 0)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
}

/* Descriptors for files: what the limit leaves beside our own. */
static unsigned
descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur < 32)
		return 8;
	return limit.rlim_cur > 1000000 ? 1000000
					: (unsigned)limit.rlim_cur - 24;
}

/* With marks it is read again by the next run. */
static void
hand_on_rest(struct tail *t)
{
	struct log *log;

	if (t->marks && (!t->once || stop_asked()))
		return;
	TAILQ_FOREACH(log, &t->logs, all)
	join_flush(t, log);
	input_end(t);
}

static int
end(struct tail *t)
{
	hand_on_rest(t);
	if (t->marks && (t->once || cut_open(&t->cut)))
		cut_mark(t, true);
	if (outbuf_close(&t->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	stats_end();
	if (checkpoint_write(t) < 0)
		return EX_IOERR;
	return stop_asked() ? EX_OK : check_status(t);
}

int
main(int argc, char *argv[])
{
	struct given given = { .from = FROM_DEFAULT };
	struct tail *t = &tail;

	diag_init("rx-tail");
	t->max_files = 100;
	t->rotate_wait_ms = 5000;
	t->join_wait_ms = 1000;
	t->watch.fd = t->journal_fd = -1;
	TAILQ_INIT(&t->logs);
	TAILQ_INIT(&t->due);
	TAILQ_INIT(&t->open);
	TAILQ_INIT(&t->inputs);
	options_parse(t, &given, &argc, &argv);
	if (given.check)
		return check(t, &given);
	if (stop_init() < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	stop_reader(STDOUT_FILENO);
	stop_on_status(counters_status, t);
	reconfig_listen(t);
	if (given.stats != NULL)
		stats_to(given.stats, counters_render, t);

	claims_init(&claims);
	for (size_t i = 0; i < given.n_resume; i++)
		claims_add(&claims, given.resume[i]);
	if (given.checkpoint != NULL)
		checkpoint_open(given.checkpoint, &claims);
	else
		claims_merge(&claims, !t->from_end);
	if (t->journal)
		journal_open(t);
	give_up_privileges(&given);

	outbuf_init(&t->out, STDOUT_FILENO);
	t->cut.on = t->marks;
	t->max_open = descriptors();
	t->starting = true;
	if (given.poll)
		watch_poll(&t->watch);
	else if (!t->once)
		watch_init(&t->watch);
	if (t->marks)
		cut_begin(t, claims.claims, claims.n, claims.pos, claims.n_pos);
	links_begin(patterns_given, t);
	patterns_walk(t);
	start_positions(t, &claims, claims.n > 0 && !claims.new_lane);
	claims_release(&claims);
	t->starting = false;
	if (checkpoint_write(t) < 0)
		die(EX_IOERR, "no position can be kept");
	debug("following %" PRIu64 " files", t->n_logs);
	notify_count("lines", &t->lines);
	notify_ready(
	    "loop started: %" PRIu64 " files, %u open", t->n_logs, t->n_open);
	if (t->once)
		loop_once(t);
	else
		loop_follow(t);
	return end(t);
}
