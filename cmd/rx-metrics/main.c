/*
 * rx-metrics -- sample the host; beat; say who it is.
 *
 * A sample is the difference between two readings, so a first reading is taken
 * BASELINE_MS before the first sample and not shown.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-metrics/metrics.h"
#include "cmd/rx-metrics/pace.h"
#include "lib/cli.h"
#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/nodeid.h"
#include "lib/num.h"
#include "lib/outbuf.h"
#include "lib/stop.h"

#define INTERVAL_MIN NUM_S
#define INTERVAL_MAX (3600 * NUM_S)
#define BASELINE_MS 250
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
	OPT_TOP
};

static const struct cli_option options[] = {
	{ OPT_CHECK, "check", NULL, "see whether it would start, and end" },
	{ OPT_FLAT, "flat", NULL, "the flat form of 19 members" },
	{ OPT_HEARTBEAT, "heartbeat", "DURATION",
	    "no samples: say online, this often" },
	{ OPT_INFO, "info", NULL, "no samples: the profile of this host" },
	{ 'i', "interval", "DURATION", "between samples, 1s to 1h [3s]" },
	{ OPT_NODE_ID, "node-id", "ID", "instead of the persistent one" },
	{ OPT_ONCE, "once", NULL, "one record, then end" },
	{ OPT_ONLY, "only", "PART,...", "of cpu, mem, disk, net, proc [all]" },
	{ OPT_PROC, "proc", "DIR", "where procfs is mounted [/proc]" },
	{ OPT_TOP, "top", "N", "largest processes named, 0 to 100 [5]" },
	{ 0, NULL, NULL, NULL },
};

static const struct cli cli = {
	.name = "rx-metrics",
	.synopsis = "[-hqVv] [-i DURATION] [--check] "
		    "[--flat] [--heartbeat DURATION] [--info] "
		    "[--node-id ID] [--once] "
		    "[--only PART,...] [--proc DIR] [--top N]",
	.about = "Sample the host.",
	.options = options,
	.examples = "rx-metrics | rx-alert\n"
		    "rx-metrics --once --only cpu,mem\n"
		    "rx-metrics --heartbeat 30s\n",
};

enum mode { NESTED, FLAT, BEAT, INFO };

struct settings {
	enum mode mode;
	bool once, check;
	int64_t interval_ns;
	unsigned parts;
	size_t top;
	const char *proc, *given_id;
	char node_id[NODEID_MAX + 1];
};

struct told {
	uint64_t records;
};

static void
tell_status(void *arg)
{
	const struct told *t = arg;

	info("%ju records", (uintmax_t)t->records);
}

static unsigned
parse_parts(const char *list)
{
	static const struct {
		const char *name;
		enum part part;
	} names[] = { { "cpu", PART_CPU }, { "mem", PART_MEMORY },
		{ "memory", PART_MEMORY }, { "disk", PART_DISK },
		{ "net", PART_NETWORK }, { "network", PART_NETWORK },
		{ "proc", PART_PROCESSES }, { "processes", PART_PROCESSES } };
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
set_mode(struct settings *s, enum mode mode)
{
	if (s->mode != NESTED && s->mode != mode)
		cli_usage(&cli,
		    "--flat, --heartbeat and --info exclude one "
		    "another");
	s->mode = mode;
}

static void
parse(struct settings *s, int argc, char *argv[])
{
	bool sampling = false;
	int ch;

	while ((ch = cli_next(&cli, argc, argv)) != -1)
		switch (ch) {
		case OPT_CHECK: s->check = true; break;
		case OPT_FLAT: set_mode(s, FLAT); break;
		case OPT_HEARTBEAT:
			set_mode(s, BEAT);
			s->interval_ns = num_opt_duration(
			    "--heartbeat", optarg, INTERVAL_MIN, INTERVAL_MAX);
			break;
		case OPT_INFO: set_mode(s, INFO); break;
		case 'i':
			s->interval_ns = num_opt_duration(
			    "--interval", optarg, INTERVAL_MIN, INTERVAL_MAX);
			sampling = true;
			break;
		case OPT_NODE_ID: s->given_id = optarg; break;
		case OPT_ONCE: s->once = true; break;
		case OPT_ONLY:
			s->parts = parse_parts(optarg);
			sampling = true;
			break;
		case OPT_PROC: s->proc = optarg; break;
		case OPT_TOP:
			s->top = num_opt_u64("--top", optarg, 0, TOP_MAX);
			sampling = true;
			break;
		}
	if (optind != argc)
		cli_usage(&cli, "it reads no files");
	if (sampling && s->mode > FLAT)
		cli_usage(&cli,
		    "--interval, --only and --top are about "
		    "samples");
	if (s->mode == FLAT) {
		if (s->parts != PART_ALL)
			cli_usage(&cli, "the flat form has all its members");
		s->top = 0;
	}
}

static int
emit(struct outbuf *out, struct buf *b, struct told *told)
{
	if (b->failed)
		die(EX_TEMPFAIL, "out of memory");
	outbuf_add(out, buf_span(b));
	buf_reset(b);
	told->records++;
	return outbuf_flush(out);
}

static void
take_and_render(struct sample *sample, const struct settings *s, struct buf *b)
{
	sample_take(sample);
	if (s->mode == FLAT)
		render_flat(b, sample, s->node_id);
	else
		render_nested(b, sample, s->node_id);
}

static int
run_samples(const struct settings *s, struct outbuf *out, struct buf *b,
    struct told *told)
{
	struct sample sample;
	struct pace pace;
	int error = 0;

	if (sample_init(&sample, s->proc, s->parts, s->top) < 0)
		die_sys(EX_IOERR, "unable to open %s", s->proc);
	sample_take(&sample);
	if (s->check)
		goto done;
	confine_allow(s->proc, "r");
	confine_allow("/sys", "r");
	if (confine("stdio rpath proc") < 0)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
	pace_init(&pace, s->interval_ns, BASELINE_MS * NUM_MS, s->node_id);
	while (pace_wait(&pace)) {
		take_and_render(&sample, s, b);
		if ((error = emit(out, b, told)) < 0 || s->once)
			break;
	}
done:
	sample_release(&sample);
	return error;
}

static int
run_beats(const struct settings *s, struct outbuf *out, struct buf *b,
    struct told *told)
{
	struct pace pace;
	int64_t first_ns =
	    s->once ? 0 : (int64_t)(pace_phase(s->node_id) * (double)NUM_S);

	if (s->check)
		return 0;
	if (confine("stdio") < 0)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
	pace_init(&pace, s->interval_ns, first_ns, s->node_id);
	while (pace_wait(&pace)) {
		render_beat(b, s->node_id, true);
		if (emit(out, b, told) < 0)
			return -1;
		if (s->once)
			return 0;
	}
	render_beat(b, s->node_id, false);
	return emit(out, b, told);
}

static int
run_info(const struct settings *s, struct outbuf *out, struct buf *b,
    struct told *told)
{
	if (render_info(b, s->node_id, s->proc) < 0)
		die_sys(EX_IOERR, "unable to open %s", s->proc);
	return s->check ? 0 : emit(out, b, told);
}

int
main(int argc, char *argv[])
{
	struct settings s = { .mode = NESTED,
		.interval_ns = 3 * NUM_S,
		.parts = PART_ALL,
		.top = TOP,
		.proc = "/proc" };
	struct told told = { 0 };
	struct outbuf out;
	struct buf b;
	char why[NODEID_WHY];
	int error;

	diag_init("rx-metrics");
	parse(&s, argc, argv);
	if (nodeid_get(s.given_id, s.node_id, why) < 0)
		die(EX_CONFIG, "%s", why);
	if (stop_init() < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	stop_on_status(tell_status, &told);
	stop_reader(STDOUT_FILENO);
	outbuf_init(&out, STDOUT_FILENO);
	buf_init(&b);
	if (s.mode == INFO)
		error = run_info(&s, &out, &b, &told);
	else if (s.mode == BEAT)
		error = run_beats(&s, &out, &b, &told);
	else
		error = run_samples(&s, &out, &b, &told);
	buf_release(&b);
	if (outbuf_close(&out) < 0 || error < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	return EX_OK;
}
