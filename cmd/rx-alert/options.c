/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/cli.h"
#include "lib/cli_config.h"
#include "lib/diag.h"
#include "lib/fixtures.h"
#include "lib/num.h"

#define MAX_WATCHES 10000
#define MOST_WATCHES 200000 /* which the state file still holds */
#define MAX_KEYS 100000
#define MOST_KEYS 4000000
#define DAY_NS (86400 * NUM_S)

enum {
	OPT_BY = CLI_LONG,
	OPT_CHECK,
	OPT_COOLDOWN,
	OPT_EXPLAIN,
	OPT_HOST,
	OPT_IP,
	OPT_LATENESS,
	OPT_MAX_KEYS,
	OPT_PRESET,
	OPT_PRINT_RULES,
	OPT_REPLAY,
	OPT_STATE,
	OPT_STATS,
	OPT_TEST,
	OPT_THRESHOLD,
	OPT_WINDOW
};

static const struct cli_option table[] = {
	{ OPT_BY, "by", "NAME,...", "members that make a key of --window" },
	{ OPT_CHECK, "check", NULL, "validate, then exit" },
	{ 'c', "config", "FILE", "options, under \"rx-alert\"" },
	{ OPT_COOLDOWN, "cooldown", "DURATION",
	    "between anomalies of a key [60s]" },
	{ OPT_EXPLAIN, "explain", NULL, "say of each value why not" },
	{ 'f', "rules", "FILE", "the rules [those built in]" },
	{ OPT_HOST, "host", "NAME", "the host, where a record has none" },
	{ OPT_IP, "ip", "ADDRESS", "its address, where a record has none" },
	{ OPT_LATENESS, "lateness", "DURATION",
	    "how late an event may come [1s]" },
	{ OPT_MAX_KEYS, "max-keys", "N",
	    "kept at most [10000, of windows 100000]" },
	{ OPT_PRESET, "preset", "NAME",
	    "production, development, high-traffic" },
	{ OPT_PRINT_RULES, "print-rules", NULL, "the built-in rules" },
	{ OPT_REPLAY, "replay", NULL, "nothing of this host in the output" },
	{ OPT_STATE, "state", "FILE", "keep timers across restarts" },
	{ OPT_STATS, "stats", "FILE", "own counters, for Prometheus" },
	{ OPT_TEST, "test", "DIR", "compare NAME.in with its NAME.out" },
	{ OPT_THRESHOLD, "threshold", "LIMIT",
	    "more events than N or NAME=N are too many" },
	{ OPT_WINDOW, "window", "DURATION", "count events within that" },
	{ 0, NULL, NULL, NULL },
};

static const struct cli cli = {
	.name = "rx-alert",
	.synopsis = "[-c FILE] [-f FILE] [--by NAME,...] [--explain] "
		    "[--preset NAME] [--print-rules] [--replay] "
		    "[--state FILE] [--window DURATION] [option ...]",
	.about = "Thresholds with duration and cooldown, and sliding windows: "
		 "records to alerts.",
	.options = table,
	.examples =
	    "  rx-metrics | rx-alert --state alert.json\n"
	    "  rx-alert --replay <last-month.ndjson\n"
	    "  rx-alert --window 5s --by user_id,signal_type <events.ndjson\n",
};

static _Noreturn void
print_rules(bool of_windows)
{
	struct span rules = rules_builtin(of_windows);

	if (fwrite(rules.at, 1, rules.len, stdout) != rules.len ||
	    fflush(stdout) != 0)
		die_sys(EX_IOERR, "unable to write stdout");
	exit(EX_OK);
}

static void
add_threshold(struct window_options *w, const char *arg)
{
	if (w->n_limits == WINDOW_OPTION_LIMITS)
		die(EX_USAGE, "--threshold: at most %d", WINDOW_OPTION_LIMITS);
	w->limits[w->n_limits++] = arg;
}

static void
set_max_keys(struct engine_asked *e, const char *arg)
{
	e->max_keys = num_opt_u64("--max-keys", arg, 1, MOST_KEYS);
	e->max_watches =
	    e->max_keys < MOST_WATCHES ? e->max_keys : MOST_WATCHES;
}

/* What does not go together. */
static void
check(const struct options *o)
{
	const struct window_options *w = &o->rules.window;

	if (w->length_ns == 0 &&
	    (w->by != NULL || w->n_limits > 0 || w->cooldown_ns >= 0 ||
		w->late_ns >= 0))
		cli_usage(&cli,
		    "--by, --threshold, --cooldown and --lateness are those "
		    "of --window");
	if (w->length_ns > 0 && o->rules.file != NULL)
		cli_usage(&cli,
		    "--window stands in place of -f: its windows are in the "
		    "file");
	if (o->testing && (o->state != NULL || o->stats != NULL))
		cli_usage(&cli, "--test keeps neither state nor stats");
	if (o->explain && o->state != NULL)
		cli_usage(&cli,
		    "--explain tells nobody, so it must not change --state");
}

void
options_parse(struct options *o, int argc, char *argv[])
{
	struct window_options *w = &o->rules.window;
	bool printing = false;
	int ch;

	*o = (struct options){ .engine = { MAX_WATCHES, MAX_KEYS, false } };
	w->cooldown_ns = w->late_ns = -1;
	cli_config(&cli, 'c', &argc, &argv);
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		switch (ch) {
		case OPT_BY: w->by = optarg; break;
		case OPT_CHECK: o->check = true; break;
		case 'c': break; /* cli_config() read it */
		case OPT_COOLDOWN:
			w->cooldown_ns = num_opt_duration(
			    "--cooldown", optarg, 0, 30 * DAY_NS);
			break;
		case OPT_EXPLAIN: o->explain = true; break;
		case 'f': o->rules.file = optarg; break;
		case OPT_HOST: o->where.host = optarg; break;
		case OPT_IP: o->where.ip = optarg; break;
		case OPT_LATENESS:
			w->late_ns =
			    num_opt_duration("--lateness", optarg, 0, DAY_NS);
			break;
		case OPT_MAX_KEYS: set_max_keys(&o->engine, optarg); break;
		case OPT_PRESET: o->rules.preset = optarg; break;
		case OPT_PRINT_RULES: printing = true; break;
		case OPT_REPLAY: o->engine.replaying = true; break;
		case OPT_STATE: o->state = optarg; break;
		case OPT_STATS: o->stats = optarg; break;
		case OPT_TEST:
			o->testing = o->engine.replaying = true;
			fixtures_option(optarg);
			break;
		case OPT_THRESHOLD: add_threshold(w, optarg); break;
		case OPT_WINDOW:
			w->length_ns = num_opt_duration(
			    "--window", optarg, NUM_MS, 30 * DAY_NS);
			break;
		}
	if (optind != argc)
		cli_usage(&cli, "records come on standard input");
	check(o);
	if (printing)
		print_rules(w->length_ns > 0);
}
