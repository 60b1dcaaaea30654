/* SPDX-License-Identifier: MIT */
/*
 * rx-alert -- records in, a few alerts out.
 *
 * The engine judges (engine.h), keep.c sees to it that nothing decided is lost.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/rx-alert/counters.h"
#include "cmd/rx-alert/engine.h"
#include "cmd/rx-alert/explain.h"
#include "cmd/rx-alert/keep.h"
#include "cmd/rx-alert/options.h"
#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/fixtures.h"
#include "lib/lines.h"
#include "lib/nodeid.h"
#include "lib/notify.h"
#include "lib/outbuf.h"
#include "lib/stats.h"
#include "lib/stop.h"

#define STEP_LINES 256 /* until what is due is looked at */

struct local {
	char id[NODEID_MAX + 1], host[256], ip[NODEID_MAX + 1];
};

struct run {
	struct options options;
	struct rules *rules;
	struct engine engine;
	struct keep keep;
	struct explain explain;
	struct outbuf out;
	bool busy, reload_due;
};

/* Who this host is, for its own records that do not say so. */
static void
find_whereabouts(struct whereabouts *where, struct local *l)
{
	char why[NODEID_WHY];

	if (nodeid_get(NULL, l->id, why) < 0)
		return;
	where->local_id = l->id;
	if (gethostname(l->host, sizeof(l->host) - 1) == 0)
		where->local_host = l->host;
	if (nodeid_ip(l->ip) == 0)
		where->local_ip = l->ip;
}

static void
on_event(void *arg, enum event event, struct span line, struct watch *w)
{
	struct run *run = arg;

	if (run->options.explain)
		w->told = true;
	else
		keep_event(&run->keep, event, line, w);
}

static void
on_anomaly(void *arg, struct span line)
{
	struct run *run = arg;

	if (!run->options.explain)
		keep_anomaly(&run->keep, line);
}

static void
on_look(void *arg, const struct engine_look *l)
{
	explain_look(&((struct run *)arg)->explain, l);
}

static void
on_window_event(void *arg, const struct windows_event *e)
{
	explain_event(&((struct run *)arg)->explain, e);
}

/* HUP: a file that is wrong leaves the rules as they were. */
static void
reload(void *arg)
{
	struct run *run = arg;
	struct rules *old = run->rules, *rules;

	/* It may come while a ticket waits for its reader: then afterwards. */
	run->reload_due = run->busy;
	if (run->busy || run->options.rules.file == NULL)
		return;
	if ((rules = malloc(sizeof(*rules))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	if (rules_load(rules, &run->options.rules) < 0) {
		warn("%s; the rules stay as they were", rules->conf.why);
		old = rules;
	} else {
		info("%zu rules and %zu windows read from %s", rules->n,
		    rules->windows.n, run->options.rules.file);
		engine_use(&run->engine, rules);
		explain_use(&run->explain, rules);
		run->rules = rules;
	}
	rules_release(old);
	free(old);
}

static void
work(struct run *run, int stop_fd)
{
	struct lines in;
	struct span line;
	int got;

	lines_init(&in, STDIN_FILENO, stop_fd);
	for (;;) {
		if (!lines_ready(&in))
			keep_wait(&run->keep, STDIN_FILENO);
		if ((got = lines_next(&in, &line)) <= 0)
			break;
		run->busy = true;
		engine_take(&run->engine, line, in.torn);
		run->busy = false;
		if (run->reload_due)
			reload(run);
		if (in.number % STEP_LINES == 0) {
			stop_poll();
			keep_step(&run->keep);
		}
	}
	if (got < 0)
		die_sys(EX_IOERR, "unable to read stdin");
	run->engine.refused += in.overlong;
	lines_release(&in);
}

static void
allow_beside(const char *path, const char *how)
{
	if (confine_allow_beside(path, how) < 0)
		die_sys(EX_IOERR, "unable to %s %s",
		    how[1] == '\0' ? "read" : "write", path);
}

static void
give_up_rights(const struct options *o)
{
	const char *promises = "stdio";

	if (o->rules.file != NULL) { /* HUP reads it again */
		allow_beside(o->rules.file, "r");
		promises = "stdio rpath";
	}
	if (o->state != NULL || o->stats != NULL)
		promises = "stdio rpath wpath cpath";
	if (o->state != NULL)
		allow_beside(o->state, "rwc");
	if (o->stats != NULL)
		allow_beside(o->stats, "rwc");
	if (confine(promises) < 0)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
}

static void
prepare(struct run *run, struct local *local)
{
	struct options *o = &run->options;

	if ((run->rules = malloc(sizeof(*run->rules))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	if (rules_load(run->rules, &o->rules) < 0)
		die(o->rules.window.why[0] != '\0' ? EX_USAGE : EX_CONFIG, "%s",
		    run->rules->conf.why);
	if (!o->engine.replaying)
		find_whereabouts(&o->where, local);
	engine_init(&run->engine, run->rules, &o->engine);
	run->engine.where = o->where;
	run->engine.on_event = on_event;
	run->engine.windows.on_anomaly = on_anomaly;
	run->engine.arg = run->engine.windows.arg = run;
	if (o->explain) {
		run->explain.out = &run->out;
		explain_use(&run->explain, run->rules);
		run->engine.on_look = on_look;
		run->engine.windows.on_event = on_window_event;
	}
}

static void
release(struct run *run)
{
	engine_release(&run->engine);
	rules_release(run->rules);
	free(run->rules);
}

int
main(int argc, char *argv[])
{
	static struct run run;
	struct local local = { .id = "" };
	uint64_t refused;
	int stop_fd;

	diag_init("rx-alert");
	options_parse(&run.options, argc, argv);
	if (run.options.testing && !run.options.check)
		fixtures_run();
	prepare(&run, &local);
	if (run.options.check) {
		release(&run);
		return EX_OK;
	}
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	outbuf_init(&run.out, STDOUT_FILENO);
	stop_on_status(counters_status, &run.engine);
	stop_on_reload(reload, &run);
	stop_reader(STDOUT_FILENO);
	keep_init(&run.keep, run.options.state, &run.engine, &run.out);
	if (run.options.stats != NULL)
		stats_to(run.options.stats, counters_render, &run.engine);
	give_up_rights(&run.options);
	keep_load(&run.keep);

	notify_count("records", &run.engine.records);
	notify_ready("loop started: %zu rules and %zu windows", run.rules->n,
	    run.rules->windows.n);
	work(&run, stop_fd);
	keep_close(&run.keep);
	stats_end();
	if (run.options.explain)
		explain_end(&run.explain);
	if ((refused = run.engine.refused) > 0)
		warn("%ju records were refused", (uintmax_t)refused);
	release(&run);
	return refused > 0 ? EX_PARTLY : EX_OK;
}
