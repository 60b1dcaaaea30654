/*
 * rx-alert -- records in, a few alerts out.
 *
 * With --state a ticket is decided, saved, handed on and saved again: a crash in
 * between makes it once more, with the same id, and never loses it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-alert/engine.h"
#include "cmd/rx-alert/state.h"
#include "lib/cli.h"
#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/lines.h"
#include "lib/newfile.h"
#include "lib/nodeid.h"
#include "lib/num.h"
#include "lib/outbuf.h"
#include "lib/stop.h"

#define MAX_KEYS 10000
#define SAVE_EVERY_NS (60 * NUM_S) /* of record time, when calm */
#define SAVE_EVERY_PENDING_NS (10 * NUM_S) /* while a duration runs */
#define SAVE_PAUSE_MS 1000 /* between saves of no urgency */

enum {
	OPT_CHECK = CLI_LONG,
	OPT_HOST,
	OPT_IP,
	OPT_MAX_KEYS,
	OPT_PRESET,
	OPT_PRINT_RULES,
	OPT_REPLAY,
	OPT_STATE
};

static const struct cli_option options[] = {
	{ OPT_CHECK, "check", NULL, "check the rules, and end" },
	{ 'f', "rules", "FILE", "the rules [those built in]" },
	{ OPT_HOST, "host", "NAME", "the host, where a record has none" },
	{ OPT_IP, "ip", "ADDRESS", "its address, where a record has none" },
	{ OPT_MAX_KEYS, "max-keys", "N", "watches kept [10000]" },
	{ OPT_PRESET, "preset", "NAME",
	    "production, development, high-traffic" },
	{ OPT_PRINT_RULES, "print-rules", NULL, "the built-in rules" },
	{ OPT_REPLAY, "replay", NULL, "nothing of this host in the output" },
	{ OPT_STATE, "state", "FILE", "keep timers across restarts" },
	{ 0, NULL, NULL, NULL },
};

static const struct cli cli = {
	.name = "rx-alert",
	.synopsis = "[-hqVv] [-f FILE] [--check] "
		    "[--host NAME] [--ip ADDRESS] "
		    "[--max-keys N] [--preset NAME] [--print-rules] "
		    "[--replay] [--state FILE]",
	.about = "Thresholds with duration and cooldown: records to alerts.",
	.options = options,
	.examples = "rx-metrics | rx-alert --state alert.json\n"
		    "rx-alert --replay <last-month.ndjson\n",
};

struct settings {
	const char *rules, *preset, *state;
	size_t max_keys;
	bool check, replay;
	struct whereabouts where;
	char id[NODEID_MAX + 1], host[256], ip[NODEID_MAX + 1];
};

struct run {
	struct engine engine;
	struct outbuf out;
	const char *state; /* NULL: none is kept */
	bool urgent; /* an event was handed on since the last save */
	int64_t saved_ns, saved_ms; /* record time, and ours */
};

static void
parse(struct settings *s, int argc, char *argv[])
{
	struct span rules;
	int ch;

	while ((ch = cli_next(&cli, argc, argv)) != -1)
		switch (ch) {
		case OPT_CHECK: s->check = true; break;
		case 'f': s->rules = optarg; break;
		case OPT_HOST: s->where.host = optarg; break;
		case OPT_IP: s->where.ip = optarg; break;
		case OPT_MAX_KEYS:
			s->max_keys =
			    num_opt_u64("--max-keys", optarg, 1, 200000);
			break;
		case OPT_PRESET: s->preset = optarg; break;
		case OPT_PRINT_RULES:
			rules = rules_builtin();
			if (fwrite(rules.at, 1, rules.len, stdout) !=
				rules.len ||
			    fflush(stdout) != 0)
				die_sys(EX_IOERR, "unable to write stdout");
			_exit(EX_OK);
		case OPT_REPLAY: s->replay = true; break;
		case OPT_STATE: s->state = optarg; break;
		}
	if (optind != argc)
		cli_usage(&cli, "records come on standard input");
}

/* Who this host is, for its own records that do not say so. */
static void
find_whereabouts(struct settings *s)
{
	char why[NODEID_WHY];

	if (s->replay || nodeid_get(NULL, s->id, why) < 0)
		return;
	s->where.local_id = s->id;
	if (gethostname(s->host, sizeof(s->host) - 1) == 0)
		s->where.local_host = s->host;
	if (nodeid_ip(s->ip) == 0)
		s->where.local_ip = s->ip;
}

static void
save(struct run *run)
{
	if (state_save(&run->engine, run->state) < 0)
		die_sys(EX_IOERR, "unable to write %s", run->state);
	run->engine.changed = run->urgent = false;
	run->saved_ns = run->engine.now_ns;
	run->saved_ms = stop_now_ms();
}

static void
flush(struct run *run)
{
	if (outbuf_flush(&run->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
}

static void
on_event(void *arg, enum event event, struct span line, struct watch *w)
{
	struct run *run = arg;

	if (run->state != NULL && event == EVENT_TICKET)
		save(run); /* decided, not told */
	outbuf_add(&run->out, line);
	if (run->state != NULL)
		flush(run);
	w->told = true;
	run->urgent = true;
}

/* Milliseconds until the state is worth saving: 0 now, -1 not at all. */
static int64_t
save_due_ms(const struct run *run)
{
	const struct engine *e = &run->engine;
	int64_t passed_ms = stop_now_ms() - run->saved_ms;
	int64_t every_ns = e->pending ? SAVE_EVERY_PENDING_NS : SAVE_EVERY_NS;

	if (run->state == NULL)
		return -1;
	if (run->urgent)
		return 0;
	if (!e->changed && e->now_ns - run->saved_ns < every_ns)
		return -1;
	return passed_ms >= SAVE_PAUSE_MS ? 0 : SAVE_PAUSE_MS - passed_ms;
}

/* Nothing is left to read: hand on, save, and wait for more. */
static void
before_waiting(struct run *run)
{
	struct pollfd in = { STDIN_FILENO, POLLIN, 0 };
	int64_t wait_ms;

	flush(run);
	while ((wait_ms = save_due_ms(run)) >= 0) {
		if (wait_ms > 0 && stop_wait(&in, 1, wait_ms) != 0)
			return;
		if (stop_asked())
			return;
		if (save_due_ms(run) == 0)
			save(run);
	}
}

static int
work(struct run *run, int stop_fd)
{
	struct lines in;
	struct span line;
	int got;

	lines_init(&in, STDIN_FILENO, stop_fd);
	for (;;) {
		if (!lines_ready(&in))
			before_waiting(run);
		if ((got = lines_next(&in, &line)) <= 0)
			break;
		engine_take(&run->engine, line, in.torn);
		if (save_due_ms(run) == 0)
			save(run);
	}
	if (got < 0)
		die_sys(EX_IOERR, "unable to read stdin");
	run->engine.refused += in.overlong;
	lines_release(&in);
	return 0;
}

static void
tell_status(void *arg)
{
	const struct engine *e = &((const struct run *)arg)->engine;

	info("%ju records, %ju evaluations, %ju tickets, %ju resolved, "
	     "%ju refused, %ju late, %ju values that are no number, "
	     "%zu watches, %ju evicted",
	    (uintmax_t)e->records, (uintmax_t)e->evaluations,
	    (uintmax_t)e->tickets, (uintmax_t)e->resolved,
	    (uintmax_t)e->refused, (uintmax_t)e->late, (uintmax_t)e->picker.bad,
	    e->watches.n, (uintmax_t)e->watches.evicted);
}

/* A state that cannot be read must not keep alerts from being made. */
static void
load(struct run *run)
{
	char why[STATE_WHY], aside[4096];

	if (state_load(&run->engine, run->state, why) == 0)
		return;
	warn("starting without the state: %s", why);
	keys_release(&run->engine.nodes);
	keys_release(&run->engine.watches);
	snprintf(aside, sizeof(aside), "%s.bad", run->state);
	if (rename(run->state, aside) == 0)
		info("it is kept as %s", aside);
}

static void
give_up_rights(const char *state)
{
	char dir[4096];
	const char *slash;

	if (state == NULL) {
		if (confine("stdio") < 0)
			die_sys(EX_TEMPFAIL, "unable to give up privileges");
		return;
	}
	slash = strrchr(state, '/');
	snprintf(dir, sizeof(dir), "%.*s",
	    slash == NULL ? 1 : (int)(slash - state) + 1,
	    slash == NULL ? "." : state);
	if (access(dir, W_OK | X_OK) < 0)
		die_sys(EX_IOERR, "unable to write in %s", dir);
	if (confine_allow(dir, "rwc") < 0 ||
	    confine("stdio rpath wpath cpath") < 0)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
}

int
main(int argc, char *argv[])
{
	struct settings s = { .max_keys = MAX_KEYS };
	struct run run = { 0 };
	struct rules rules;
	uint64_t refused;
	int stop_fd;

	diag_init("rx-alert");
	parse(&s, argc, argv);
	if (rules_load(&rules, s.rules, s.preset) < 0)
		die(EX_CONFIG, "%s", rules.conf.why);
	if (s.check) {
		rules_release(&rules);
		return EX_OK;
	}
	find_whereabouts(&s);
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	engine_init(&run.engine, &rules, s.max_keys);
	run.engine.where = s.where;
	run.engine.on_event = on_event;
	run.engine.arg = &run;
	run.state = s.state;
	outbuf_init(&run.out, STDOUT_FILENO);
	stop_on_status(tell_status, &run);
	stop_reader(STDOUT_FILENO);
	give_up_rights(s.state);
	if (s.state != NULL)
		load(&run);

	work(&run, stop_fd);
	if (outbuf_close(&run.out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	if (s.state != NULL)
		save(&run);
	if ((refused = run.engine.refused) > 0)
		warn("%ju records were refused", (uintmax_t)refused);
	engine_release(&run.engine);
	rules_release(&rules);
	return refused > 0 ? EX_PARTLY : EX_OK;
}
