/* SPDX-License-Identifier: MIT */
#include "cmd/rx-metrics/options.h"

#include <getopt.h>
#include <string.h>

#include "lib/cli.h"
#include "lib/cli_config.h"
#include "lib/diag.h"
#include "lib/num.h"

enum {
	OPT_CHECK = CLI_LONG,
	OPT_FLAT,
	OPT_HEARTBEAT,
	OPT_INFO,
	OPT_NODE_ID,
	OPT_ONCE,
	OPT_ONLY,
	OPT_PROC,
	OPT_PROMETHEUS,
	OPT_SAVE,
	OPT_SELF,
	OPT_STATS,
	OPT_SYS,
	OPT_TOP
};

static const struct cli_option options[] = {
	{ OPT_CHECK, "check", NULL, "see whether it would start, and end" },
	{ 'c', "config", "FILE", "options, under \"rx-metrics\"" },
	{ OPT_FLAT, "flat", NULL,
	    "the flat form of 19 members; of records on stdin: -" },
	{ OPT_HEARTBEAT, "heartbeat", "DURATION",
	    "no samples: say online, this often" },
	{ OPT_INFO, "info", NULL, "no samples: the profile of this host" },
	{ 'i', "interval", "DURATION", "between samples, 1s to 1h [3s]" },
	{ OPT_NODE_ID, "node-id", "ID", "instead of the persistent one" },
	{ OPT_ONCE, "once", NULL, "one record, then end" },
	{ OPT_ONLY, "only", "PART,...",
	    "of cpu, mem, disk, net, proc, cgroup [all]" },
	{ OPT_PROC, "proc", "DIR", "where procfs is mounted [/proc]" },
	{ OPT_PROMETHEUS, "prometheus", "[FILE]",
	    "under node_exporter's names; replaces FILE" },
	{ OPT_SAVE, "save", "[FILE]",
	    "the profile to FILE too [system_info.json of the state]" },
	{ OPT_SELF, "self", "DIR", "add what tools told there with --stats" },
	{ OPT_STATS, "stats", "FILE", "own counters, for Prometheus" },
	{ OPT_SYS, "sys", "DIR", "where sysfs is mounted [/sys]" },
	{ OPT_TOP, "top", "N", "largest processes named, 0 to 100 [5]" },
	{ 0, NULL, NULL, NULL },
};

static const struct cli cli = {
	.name = "rx-metrics",
	.synopsis = "[-c FILE] [-i DURATION] [--heartbeat DURATION] [--info] "
		    "[--once] [--only PART,...] [--prometheus[=FILE]] "
		    "[--top N] [option ...] [-]",
	.about = "Sample the host.",
	.options = options,
	.examples = "  rx-metrics | rx-alert\n"
		    "  rx-metrics --once --only cpu,mem\n"
		    "  rx-metrics --heartbeat 30s\n",
};

/* The file of --config, and what the command line says of what HUP may change. */
static const struct cli_config *config;
static const char *own[LIVE_N];

static void
set_live(struct settings *s, enum live_option option, const char *name)
{
	const char *why;

	if (live_take(&s->live, option, optarg, &why) < 0)
		die(EX_USAGE, "%s %s: %s", name, optarg, why);
	/* Those of the file come first, a word each. */
	if (config == NULL || (size_t)optind > config->n + 1)
		own[option] = optarg;
}

static void
set_form(struct settings *s, enum form form)
{
	if (s->form != FORM_NESTED && s->form != form)
		cli_usage(&cli,
		    "--flat, --heartbeat, --info and --prometheus exclude one "
		    "another");
	s->form = form;
}

/* What is given must mean something for the form that is asked for. */
static void
check(const struct settings *s, bool sampling, bool interval)
{
	if (interval && s->form == FORM_BEAT)
		cli_usage(&cli, "--heartbeat has an interval of its own");
	if ((sampling || interval) && s->form > FORM_PROMETHEUS)
		cli_usage(&cli,
		    "--interval, --only, --self and --top are about samples");
	if ((sampling || interval || s->once) && s->form == FORM_FLATTEN)
		cli_usage(&cli, "nothing is sampled for records on stdin");
	if (s->form == FORM_FLAT && s->live.parts != PART_ALL)
		cli_usage(&cli, "the flat form has all its members");
	if (s->self != NULL && s->form != FORM_NESTED)
		cli_usage(&cli, "--self is a part of the nested form");
	if (s->save && s->form != FORM_INFO)
		cli_usage(&cli, "--save is for the profile: --info");
}

void
options_parse(struct settings *s, int argc, char *argv[])
{
	bool sampling = false, interval = false;
	int ch;

	*s = (struct settings){ .live = LIVE_DEFAULT, .proc = "/proc" };
	config = cli_config(&cli, 'c', &argc, &argv);
	s->config = config == NULL ? NULL : config->path;
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		switch (ch) {
		case OPT_CHECK: s->check = true; break;
		case 'c': break; /* cli_config() has read it */
		case OPT_FLAT: set_form(s, FORM_FLAT); break;
		case OPT_HEARTBEAT:
			set_form(s, FORM_BEAT);
			set_live(s, LIVE_BEAT, "--heartbeat");
			break;
		case OPT_INFO: set_form(s, FORM_INFO); break;
		case 'i':
			set_live(s, LIVE_INTERVAL, "--interval");
			interval = true;
			break;
		case OPT_NODE_ID: s->given_id = optarg; break;
		case OPT_ONCE: s->once = true; break;
		case OPT_ONLY:
			set_live(s, LIVE_ONLY, "--only");
			sampling = true;
			break;
		case OPT_PROC: s->proc = optarg; break;
		case OPT_PROMETHEUS:
			set_form(s, FORM_PROMETHEUS);
			s->page = optarg;
			break;
		case OPT_SAVE:
			s->save = true;
			s->saved = optarg;
			break;
		case OPT_SELF:
			s->self = optarg;
			sampling = true;
			break;
		case OPT_STATS: s->stats = optarg; break;
		case OPT_SYS: s->sys = optarg; break;
		case OPT_TOP:
			set_live(s, LIVE_TOP, "--top");
			sampling = true;
			break;
		}
	if (optind + 1 == argc && strcmp(argv[optind], "-") == 0 &&
	    s->form == FORM_FLAT)
		s->form = FORM_FLATTEN;
	else if (optind != argc)
		cli_usage(&cli, "it reads no files, and - only with --flat");
	check(s, sampling, interval);
}

bool
options_again(struct settings *s)
{
	return config != NULL &&
	    live_again(&s->live, s->form, &cli, 'c', config, own) > 0;
}
