#include "cmd/rx-metrics/options.h"

#include <getopt.h>
#include <string.h>

#include "cmd/rx-metrics/metrics.h"
#include "lib/cli.h"
#include "lib/cli_config.h"
#include "lib/num.h"

#define INTERVAL_MIN NUM_S
#define INTERVAL_MAX (3600 * NUM_S)
#define TOP 5

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
	    "a page under node_exporter's names; replaces FILE" },
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
	.synopsis = "[-hqVv] [-c FILE] [-i DURATION] [--check] "
		    "[--flat] [--heartbeat DURATION] [--info] "
		    "[--node-id ID] [--once] [--only PART,...] [--proc DIR] "
		    "[--prometheus[=FILE]] [--save[=FILE]] [--self DIR] "
		    "[--stats FILE] [--sys DIR] [--top N] [-]",
	.about = "Sample the host.",
	.options = options,
	.examples = "rx-metrics | rx-alert\n"
		    "rx-metrics --once --only cpu,mem\n"
		    "rx-metrics --heartbeat 30s\n",
};

static unsigned
parse_parts(const char *list)
{
	static const struct {
		const char *name;
		enum part part;
	} names[] = { { "cpu", PART_CPU }, { "mem", PART_MEMORY },
		{ "memory", PART_MEMORY }, { "disk", PART_DISK },
		{ "net", PART_NETWORK }, { "network", PART_NETWORK },
		{ "proc", PART_PROCESSES }, { "processes", PART_PROCESSES },
		{ "cgroup", PART_CGROUP } };
	const size_t n_names = sizeof(names) / sizeof(*names);
	unsigned parts = 0;
	size_t n, i;

	for (;; list += n + 1) {
		n = strcspn(list, ",");
		for (i = 0; i < n_names; i++)
			if (strlen(names[i].name) == n &&
			    memcmp(names[i].name, list, n) == 0)
				break;
		if (i == n_names)
			cli_usage(&cli, "--only: no part is called \"%.*s\"",
			    (int)n, list);
		parts |= names[i].part;
		if (list[n] == '\0')
			return parts;
	}
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
check(const struct settings *s, bool sampling, const char *interval)
{
	if (interval != NULL && s->form == FORM_BEAT)
		cli_usage(&cli, "--heartbeat has an interval of its own");
	if ((sampling || interval != NULL) && s->form > FORM_PROMETHEUS)
		cli_usage(&cli,
		    "--interval, --only, --self and --top are about samples");
	if ((sampling || interval != NULL || s->once) &&
	    s->form == FORM_FLATTEN)
		cli_usage(&cli, "nothing is sampled for records on stdin");
	if (s->form == FORM_FLAT && s->parts != PART_ALL)
		cli_usage(&cli, "the flat form has all its members");
	if (s->self != NULL && s->form != FORM_NESTED)
		cli_usage(&cli, "--self is a part of the nested form");
	if (s->save && s->form != FORM_INFO)
		cli_usage(&cli, "--save is for the profile: --info");
}

void
options_parse(struct settings *s, int argc, char *argv[])
{
	const char *interval = NULL;
	bool sampling = false;
	int ch;

	*s = (struct settings){ .interval_ns = 3 * NUM_S,
		.parts = PART_ALL,
		.top = TOP,
		.proc = "/proc" };
	cli_config(&cli, 'c', &argc, &argv);
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		switch (ch) {
		case OPT_CHECK: s->check = true; break;
		case 'c': break; /* cli_config() has read it */
		case OPT_FLAT: set_form(s, FORM_FLAT); break;
		case OPT_HEARTBEAT:
			set_form(s, FORM_BEAT);
			s->interval_ns = num_opt_duration(
			    "--heartbeat", optarg, INTERVAL_MIN, INTERVAL_MAX);
			break;
		case OPT_INFO: set_form(s, FORM_INFO); break;
		case 'i': interval = optarg; break;
		case OPT_NODE_ID: s->given_id = optarg; break;
		case OPT_ONCE: s->once = true; break;
		case OPT_ONLY:
			s->parts = parse_parts(optarg);
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
			s->top = num_opt_u64("--top", optarg, 0, TOP_MAX);
			sampling = true;
			break;
		}
	if (interval != NULL && s->form != FORM_BEAT)
		s->interval_ns = num_opt_duration(
		    "--interval", interval, INTERVAL_MIN, INTERVAL_MAX);
	if (optind + 1 == argc && strcmp(argv[optind], "-") == 0 &&
	    s->form == FORM_FLAT)
		s->form = FORM_FLATTEN;
	else if (optind != argc)
		cli_usage(&cli, "it reads no files, and - only with --flat");
	check(s, sampling, interval);
	/* They are not in these forms. */
	if (s->form == FORM_FLAT || s->form == FORM_PROMETHEUS)
		s->top = 0;
}
