/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/reconfig.h"

#include <inttypes.h>

#include "cmd/rx-tail/asked.h"
#include "cmd/rx-tail/input.h"
#include "cmd/rx-tail/join.h"
#include "cmd/rx-tail/log.h"
#include "cmd/rx-tail/patterns.h"
#include "cmd/rx-tail/render.h"
#include "cmd/rx-tail/source.h"
#include "cmd/rx-tail/start.h"
#include "lib/diag.h"
#include "lib/stop.h"

static const struct cli *cli;
static int letter;
static const struct cli_config *started; /* NULL: no file */

static bool
is_asked(const char *arg)
{
	const char *value;

	return asked_option(arg, &value) != ASKED_KINDS;
}

void
reconfig_start(struct tail *t, const struct cli *tool, int option,
    const struct cli_config *c, int *argc, char **argv)
{
	int n = 1;

	cli = tool;
	letter = option;
	started = c;
	if (c == NULL)
		return;
	for (int i = 1; i < *argc; i++) {
		const char *value;
		enum asked what = i <= (int)c->n ? asked_option(argv[i], &value)
						 : ASKED_KINDS;

		if (what == ASKED_KINDS)
			argv[n++] = argv[i];
		else if (asked_add(t, what, value, true) < 0)
			cli_usage(cli, "%s: is not GLOB=NAME", argv[i]);
	}
	argv[ *argc = n] = NULL;
}

static void
on_hup(void *arg)
{
	struct tail *t = arg;

	t->reread = true;
	stop_wake();
}

void
reconfig_listen(struct tail *t)
{
	if (started != NULL)
		stop_on_reload(on_hup, t);
}

static void
let_go(struct tail *t, struct log *log)
{
	struct source *s, *next;

	debug("%s: no longer asked for", log->path);
	join_flush(t, log);
	for (s = TAILQ_FIRST(&log->chain); s != NULL; s = next) {
		next = TAILQ_NEXT(s, chain);
		if (!s->forget)
			source_drop(t, s);
	}
}

static void
let_go_unasked(struct tail *t)
{
	struct log *log, *next;

	TAILQ_FOREACH(log, &t->logs, all)
	if (!patterns_match(t, log->path))
		let_go(t, log);
	/* What is dropped is told, and only then freed. */
	cut_mark(t, false);
	for (log = TAILQ_FIRST(&t->logs); log != NULL; log = next) {
		next = TAILQ_NEXT(log, all);
		if (!patterns_match(t, log->path))
			log_free(t, log);
		else
			render_log(t, log); /* its label may be another */
	}
}

/* Files that were there before: where a start would begin them. */
static void
take_new(struct tail *t)
{
	struct log *last = TAILQ_LAST(&t->logs, log_list), *log;

	patterns_walk(t);
	log = last == NULL ? TAILQ_FIRST(&t->logs) : TAILQ_NEXT(last, all);
	t->starting = true;
	for (; log != NULL; log = TAILQ_NEXT(log, all))
		start_log(t, log, t->keeps);
	t->starting = false;
}

void
reconfig(struct tail *t)
{
	struct cli_config new;
	char why[CONF_WHY];
	const char *wrong;

	t->reread = false;
	if (cli_config_read(cli, letter, started->path, &new, why) < 0) {
		warn("%s; the options stay as they were", why);
		return;
	}
	cli_config_differs(started, &new, is_asked);
	if (t->walk)
		patterns_walk(t); /* these came while the old ones held */
	if (asked_anew(t, &new, &wrong) < 0) {
		warn("%s: %s; what is followed stays as it was", started->path,
		    wrong);
	} else {
		let_go_unasked(t);
		input_label(t);
		take_new(t);
		info("%s was read again: following %" PRIu64 " files",
		    started->path, t->n_logs);
	}
	cli_config_release(&new);
}
