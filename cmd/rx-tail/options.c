/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/options.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/rx-tail/asked.h"
#include "cmd/rx-tail/journal.h"
#include "cmd/rx-tail/multiline.h"
#include "cmd/rx-tail/packed.h"
#include "cmd/rx-tail/patterns.h"
#include "cmd/rx-tail/reconfig.h"
#include "cmd/rx-tail/since.h"
#include "lib/cli.h"
#include "lib/cli_config.h"
#include "lib/diag.h"
#include "lib/num.h"

enum {
	OPT_CHECK = CLI_LONG,
	OPT_CHECKPOINT,
	OPT_CRI,
	OPT_DOCKER,
	OPT_FORMAT,
	OPT_FROM,
	OPT_JOIN_WAIT,
	OPT_JOURNAL,
	OPT_JOURNAL_PATH,
	OPT_ONCE,
	OPT_MARKS,
	OPT_RESUME,
	OPT_LABEL,
	OPT_LOG_FILE,
	OPT_MAX_FILES,
	OPT_MAX_RATE,
	OPT_MULTILINE,
	OPT_NODE_ID,
	OPT_NODE_ID_FILE,
	OPT_PERSISTENT_ID,
	OPT_POLL,
	OPT_ROTATE_WAIT,
	OPT_SINCE,
	OPT_STATS,
	OPT_TIME,
	OPT_ZONE
};

static const struct cli_option options[] = {
	{ OPT_CHECK, "check", NULL, "see whether it would start, then exit" },
	{ OPT_CHECKPOINT, "checkpoint", "FILE",
	    "keep positions in FILE, and go on from there" },
	{ 'c', "config", "FILE", "options from the member rx-tail of FILE" },
	{ OPT_CRI, "cri", "GLOB", "follow files that a CRI runtime writes" },
	{ OPT_DOCKER, "docker", "[DIR]",
	    "the logs of all containers [/var/lib/docker]" },
	{ OPT_FORMAT, "format", "json|raw",
	    "write records, or lines as they are [json]" },
	{ OPT_FROM, "from", "start|end",
	    "where files are begun [end; start with --once]" },
	{ OPT_JOIN_WAIT, "join-wait", "DURATION",
	    "a record of several lines waits so long for more [1s]" },
	{ OPT_JOURNAL, "journal", "[UNIT,...]",
	    "read the journal, of all units or of these" },
	{ OPT_JOURNAL_PATH, "journal-path", "PATH",
	    "a directory or file of the journal, not that of this host" },
	{ OPT_LABEL, "label", "GLOB=NAME",
	    "label of the files that match [base name]" },
	{ 'n', "lines", "N", "begin with the last N lines" },
	{ OPT_LOG_FILE, "log-file", "FILE",
	    "follow FILE, too, as if it stood at the end" },
	{ OPT_MARKS, "marks", NULL, "write positions and marks" },
	{ OPT_MAX_FILES, "max-files", "N", "follow at most N files [100]" },
	{ OPT_MAX_RATE, "max-rate", "N",
	    "hand on at most N lines a second; none is dropped" },
	{ OPT_MULTILINE, "multiline", "HOW",
	    "join: start=REGEX, continue=REGEX or indent" },
	{ OPT_NODE_ID, "node-id", "ID", "identity of this host" },
	{ OPT_NODE_ID_FILE, "node-id-file", "FILE",
	    "the identity is the first line of FILE" },
	{ OPT_ONCE, "once", NULL, "read to the end of all files and exit" },
	{ OPT_PERSISTENT_ID, "persistent-id", NULL, "accepted: it always is" },
	{ OPT_POLL, "poll", NULL, "look at files often, without inotify" },
	{ OPT_RESUME, "resume", "CLAIM",
	    "go on where a claim of rx-spool says" },
	{ OPT_ROTATE_WAIT, "rotate-wait", "DURATION",
	    "keep renamed files for so long [5s]" },
	{ OPT_SINCE, "since", "TIME", "begin with the last 1h, or a time" },
	{ OPT_STATS, "stats", "FILE", "keep own counters in FILE" },
	{ OPT_TIME, "time", "line|read",
	    "the time of a record: that of its line, or of reading it [line]" },
	{ OPT_ZONE, "zone", "ZONE",
	    "zone of times that name none: a name or +HH:MM [TZ]" },
	{ 0, NULL, NULL, NULL },
};

#ifdef HAVE_LIBSYSTEMD
#define LIBSYSTEMD "libsystemd loaded when it is needed\n"
#else
#define LIBSYSTEMD "libsystemd not built in\n"
#endif

static char versions[64];
static const struct cli_habit habits[] = {
	{ "fF", "files are followed, through rotation too, without --once" },
	{ "0123456789", "-n N begins with the last N lines" },
	{ NULL, NULL },
};
static const struct cli cli = {
	.name = "rx-tail",
	.synopsis = "[-c FILE] [-n N | --from start|end | --since TIME] "
		    "[--once] [--docker[=DIR]] [--journal[=UNIT,...]] "
		    "[--label GLOB=NAME] [--multiline HOW] [--resume CLAIM] "
		    "[--checkpoint FILE] [option ...] [FILE ...]",
	.about = "Follow log files and write their lines as records.",
	.options = options,
	.habits = habits,
	.examples = "  rx-tail --once app.log | rx-match -k\n"
		    "  rx-tail '/srv/log/**/*.log'\n"
		    "  rx-tail web=/srv/web/access.log db=/srv/db/*.log\n"
		    "  rx-tail | rx-match\n",
	.versions = versions,
};

static void
ask(struct tail *t, enum asked what, const char *arg)
{
	if (asked_add(t, what, arg, false) < 0)
		cli_usage(&cli, "--label %s: is not GLOB=NAME", arg);
}

static void
set_multiline(struct tail *t, const char *how)
{
	char why[REX_WHY];

	if (t->multiline != NULL)
		cli_usage(&cli, "--multiline is given twice");
	if ((t->multiline = multiline_new(how, why)) == NULL)
		cli_usage(&cli, "--multiline %s: %s", how, why);
}

static void
add_file(struct tail *t, const char *name)
{
	if (*name == '\0')
		cli_usage(&cli, "a file name is empty");
	ask(t, ASKED_FILE, name);
}

static void
set_time(struct tail *t, const char *from)
{
	t->timeless = strcmp(from, "read") == 0;
	if (!t->timeless && strcmp(from, "line") != 0)
		cli_usage(&cli, "--time %s: is neither line nor read", from);
}

static void
set_format(struct tail *t, const char *format)
{
	t->raw = strcmp(format, "raw") == 0;
	if (!t->raw && strcmp(format, "json") != 0)
		cli_usage(&cli, "--format %s: is neither json nor raw", format);
}

static void
set_zone(struct tail *t, const char *zone)
{
	if (rtime_init(&t->rtime, zone) < 0)
		cli_usage(&cli,
		    "--zone %s: is neither an offset such as +02:00 nor a "
		    "zone of this host such as Europe/Berlin",
		    zone);
}

static void
set_since(struct tail *t, const char *text)
{
	if (since_parse(text, rtime_now_ns(), &t->rtime, &t->since_ns) < 0)
		cli_usage(&cli,
		    "--since %s: is neither a duration such as 1h nor a time "
		    "such as 2026-01-05T10:00:00Z",
		    text);
}

static void
take_options(struct tail *t, struct given *g, int argc, char *argv[])
{
	int ch;

	while ((ch = cli_next(&cli, argc, argv)) != -1)
		switch (ch) {
		case 'n':
			t->last_n = num_opt_u64("-n", optarg, 0, INT64_MAX);
			g->from = FROM_END;
			break;
		case 'c': break; /* read before */
		case OPT_CHECK: g->check = true; break;
		case OPT_CHECKPOINT: g->checkpoint = optarg; break;
		case OPT_CRI: ask(t, ASKED_CRI, optarg); break;
		case OPT_DOCKER: ask(t, ASKED_DOCKER, optarg); break;
		case OPT_FORMAT: set_format(t, optarg); break;
		case OPT_FROM:
			if (strcmp(optarg, "start") == 0)
				g->from = FROM_START;
			else if (strcmp(optarg, "end") == 0)
				g->from = FROM_END;
			else
				cli_usage(&cli,
				    "--from %s: is neither start "
				    "nor end",
				    optarg);
			break;
		case OPT_JOIN_WAIT:
			t->join_wait_ms = num_opt_duration("--join-wait",
					      optarg, NUM_MS, 3600 * NUM_S) /
			    NUM_MS;
			break;
		case OPT_JOURNAL: journal_want(t, optarg); break;
		case OPT_JOURNAL_PATH: journal_path(t, optarg); break;
		case OPT_LABEL: ask(t, ASKED_LABEL, optarg); break;
		case OPT_LOG_FILE: add_file(t, optarg); break;
		case OPT_MARKS: t->marks = true; break;
		case OPT_MAX_FILES:
			t->max_files =
			    num_opt_u64("--max-files", optarg, 1, 10000000);
			break;
		case OPT_MAX_RATE:
			t->rate.per_s =
			    num_opt_u64("--max-rate", optarg, 1, RATE_MAX);
			break;
		case OPT_MULTILINE: set_multiline(t, optarg); break;
		case OPT_NODE_ID: g->node_id = optarg; break;
		case OPT_NODE_ID_FILE: g->node_id_file = optarg; break;
		case OPT_ONCE: t->once = true; break;
		case OPT_PERSISTENT_ID: break;
		case OPT_POLL: g->poll = true; break;
		case OPT_RESUME:
			if (g->n_resume == CLAIMS_MAX)
				cli_usage(
				    &cli, "more than %d claims", CLAIMS_MAX);
			g->resume[g->n_resume++] = optarg;
			t->marks = true;
			break;
		case OPT_ROTATE_WAIT:
			t->rotate_wait_ms = num_opt_duration("--rotate-wait",
						optarg, 0, 3600 * NUM_S) /
			    NUM_MS;
			break;
		case OPT_SINCE: g->since = optarg; break;
		case OPT_STATS: g->stats = optarg; break;
		case OPT_TIME: set_time(t, optarg); break;
		case OPT_ZONE: g->zone = optarg; break;
		}
	set_zone(t, g->zone);
	if (g->since != NULL)
		set_since(t, g->since);
	t->keeps = t->marks || g->checkpoint != NULL;
	if (t->marks && g->checkpoint != NULL)
		cli_usage(&cli,
		    "--checkpoint and --marks: with marks the "
		    "spool keeps the positions");
	if (t->marks && t->raw)
		cli_usage(&cli,
		    "--format raw and --marks: only a record has a position");
	t->timeless |= t->raw;
	if (t->since_ns > 0 && g->from != FROM_DEFAULT)
		cli_usage(&cli, "-n, --from and --since: one is enough");
	t->from_end =
	    g->from == FROM_END || (g->from == FROM_DEFAULT && !t->once);
}

/* What hosts write their logs to, if nobody says. */
static void
take_host_logs(struct tail *t)
{
	static const char *const named[] = { "/var/log/syslog",
		"/var/log/messages" };

	bool syslog = false;

	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++)
		if (access(named[i], F_OK) == 0) {
			patterns_add(t, named[i], FORMAT_PLAIN, false);
			syslog = true;
		}
	if (!syslog && journal_is_built() &&
	    (access("/var/log/journal", F_OK) == 0 ||
		access("/run/log/journal", F_OK) == 0))
		journal_want(t, NULL);
	patterns_add(t, "/var/log/**/*.log", FORMAT_PLAIN, false);
}

static void
take_files(struct tail *t, int argc, char *argv[])
{
	if (argc == 0 && t->n_patterns == 0 && !t->journal)
		take_host_logs(t);
	for (int i = 0; i < argc; i++)
		add_file(t, argv[i]);
}

static void
take_identity(struct tail *t, const struct given *g)
{
	char why[NODEID_WHY];

	if (g->node_id != NULL && g->node_id_file != NULL)
		cli_usage(&cli, "--node-id and --node-id-file: one is enough");
	if ((g->node_id_file != NULL
		    ? nodeid_read(g->node_id_file, t->node_id, why)
		    : nodeid_get(g->node_id, t->node_id, why)) < 0)
		die(EX_CONFIG, "%s", why);
	nodeid_ip(t->ip);
}

void
options_parse(struct tail *t, struct given *g, int *argc, char ***argv)
{
	const struct cli_config *config;

	snprintf(versions, sizeof(versions), "zlib %s\n" LIBSYSTEMD,
	    packed_version());
	config = cli_config(&cli, 'c', argc, argv);
	reconfig_start(t, &cli, 'c', config, argc, *argv);
	take_options(t, g, *argc, *argv);
	take_files(t, *argc - optind, *argv + optind);
	take_identity(t, g);
}
