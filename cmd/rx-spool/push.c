/*
 * push -- standard input into a lane (PROTOCOL.md 7).
 *
 * When to commit (P6).  What is closed is committed as soon as there is
 * nothing more to read and the last commit is --linger old, or when --batch
 * bytes of it have gathered.  So a single line is durable in the time of one
 * fsync, and a flood pays one fsync for many.  Marks without data wait for
 * data, 5 s at most, except the first of a new lane, with which the promise
 * starts (T4).
 */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-spool/push.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/stop.h"

#define EMPTY_WAIT_MS 5000
#define TICK_MS 1000

enum {
	OPT_BATCH = CLI_LONG,
	OPT_FULL,
	OPT_LINGER,
	OPT_MARK_TIMEOUT,
	OPT_MAX_BYTES,
	OPT_MAX_RECORDS,
	OPT_MAX_SEGMENT,
	OPT_SYNC,
	OPT_UNMARKED
};

static const struct cli_option options[] = {
	{ OPT_BATCH, "batch", "SIZE", "commit when so much has come [1M]" },
	{ OPT_FULL, "full", "POLICY", "when there is no room: block [block]" },
	{ OPT_LINGER, "linger", "DURATION", "between two commits [20ms]" },
	{ OPT_MARK_TIMEOUT, "mark-timeout", "DURATION",
	    "data without a mark for so long is an error [30s]" },
	{ OPT_MAX_BYTES, "max-bytes", "SIZE",
	    "bound of the lane, 0: none [100M]" },
	{ OPT_MAX_RECORDS, "max-records", "N",
	    "bound of the lane, 0: none [0]" },
	{ OPT_MAX_SEGMENT, "max-segment", "SIZE",
	    "commit early beyond this without a mark [16M]" },
	{ OPT_SYNC, "sync", "MODE", "full or normal [full]" },
	{ OPT_UNMARKED, "unmarked", NULL, "the stream carries no marks" },
	{ 0, NULL, NULL, NULL },
};
static struct cli cli = {
	.name = "rx-spool push",
	.synopsis = "[options] DB [LANE]",
	.about = "Stores the records of standard input in a lane.",
	.options = options,
	.examples = "  echo '{\"a\":1}' | rx-spool push --unmarked q.db\n",
};

static bool
parse(struct push *p, int argc, char *argv[])
{
	bool normal = false;
	int ch;

	p->batch = 1024 * 1024;
	p->linger_ms = 20;
	p->mark_timeout_ms = 30000;
	p->max_bytes = UINT64_C(100) << 20;
	p->max_segment = UINT64_C(16) << 20;
	while ((ch = cli_next(&cli, argc, argv)) != -1)
		switch (ch) {
		case OPT_BATCH:
			p->batch = num_opt_size("--batch", optarg, 1, 64 << 20);
			break;
		case OPT_FULL:
			if (strcmp(optarg, "block") != 0)
				cli_usage(&cli, "--full %s: block", optarg);
			break;
		case OPT_LINGER:
			p->linger_ms = num_opt_duration(
					   "--linger", optarg, 0, 60 * NUM_S) /
			    NUM_MS;
			break;
		case OPT_MARK_TIMEOUT:
			p->mark_timeout_ms =
			    num_opt_duration("--mark-timeout", optarg,
				100 * NUM_MS, 3600 * NUM_S) /
			    NUM_MS;
			break;
		case OPT_MAX_BYTES:
			p->max_bytes =
			    num_opt_size("--max-bytes", optarg, 0, INT64_MAX);
			break;
		case OPT_MAX_RECORDS:
			p->max_records =
			    num_opt_u64("--max-records", optarg, 0, INT64_MAX);
			break;
		case OPT_MAX_SEGMENT:
			p->max_segment = num_opt_size(
			    "--max-segment", optarg, 64 << 10, 256 << 20);
			break;
		case OPT_SYNC: normal = spool_sync_normal(optarg); break;
		case OPT_UNMARKED: p->unmarked = true; break;
		}
	spool_operands(&cli, argc - optind, argv + optind, &p->path, &p->lane);
	return normal;
}

static void
on_status(void *arg)
{
	struct push *p = arg;

	info("%ju records stored in %ju commits, %ju held, %ju refused",
	    (uintmax_t)p->stored, (uintmax_t)p->commits,
	    (uintmax_t)p->pending.records,
	    (uintmax_t)(p->refused + p->in.overlong));
}

/* How long until what is closed has to be committed; INT64_MAX: it has not. */
static int64_t
due_in(struct push *p, int64_t now)
{
	int64_t since;

	if (p->closed_at_ms == 0)
		return INT64_MAX;
	if (p->pending.closed_records > 0 || p->gaps_closed > 0 || p->lane_new)
		since = p->linger_ms - (now - p->committed_ms);
	else
		since = EMPTY_WAIT_MS - (now - p->closed_at_ms);
	return since > 0 ? since : 0;
}

/*
 * Time awake since the last mark.  A process that was stopped, or that waited
 * for room, has not been waiting for a mark.
 */
static void
check_mark_timeout(struct push *p, int64_t *last_ms)
{
	int64_t now = stop_now_ms(), passed = now - *last_ms;

	*last_ms = now;
	if (p->unmarked || !p->begun ||
	    p->pending.records == p->pending.closed_records) {
		p->open_ms = 0;
		return;
	}
	p->open_ms += passed < TICK_MS ? passed : TICK_MS;
	if (p->open_ms > p->mark_timeout_ms)
		die(EX_DATAERR,
		    "the stream on lane %s of %s is broken: data but no mark "
		    "for %jd ms, a stage drops marks",
		    p->lane, p->path, (intmax_t)p->open_ms);
}

/* Nothing to take at the moment: commit what is due, else wait for more. */
static void
pause_reading(struct push *p, int64_t *last_ms)
{
	struct pollfd in = { STDIN_FILENO, POLLIN, 0 };
	int64_t now = stop_now_ms(), due = due_in(p, now);

	/* More is there already: take it along, but not for ever. */
	if (due == 0 &&
	    (now - p->closed_at_ms >= p->linger_ms || poll(&in, 1, 0) == 0)) {
		push_commit(p);
		*last_ms = stop_now_ms();
		return;
	}
	check_mark_timeout(p, last_ms);
	if (stop_wait(&in, 1, due < TICK_MS ? due : TICK_MS) < 0 ||
	    ((in.revents != 0 || stop_asked()) && lines_fill(&p->in) < 0))
		die_sys(EX_IOERR, "unable to read stdin");
}

static void
run(struct push *p)
{
	int64_t last_ms = stop_now_ms();
	struct span line;
	int got;

	for (;;) {
		while (!lines_ready(&p->in))
			pause_reading(p, &last_ms);
		if ((got = lines_next(&p->in, &line)) == 0)
			break;
		if (got < 0)
			die_sys(EX_IOERR, "unable to read stdin");
		push_line(p, line, p->in.torn);
		if (p->unmarked && p->pending.records > 0)
			push_close(p);
		if (p->pending.closed_bytes >= p->batch) {
			push_commit(p);
			last_ms = stop_now_ms();
		}
		if (p->pending.bytes - p->pending.closed_bytes > p->max_segment)
			push_commit_early(p);
	}
	push_commit(p);
}

static int
finish(struct push *p)
{
	uintmax_t refused = p->refused + p->in.overlong;

	if (p->pending.records > 0)
		debug("%ju records without a mark discarded",
		    (uintmax_t)p->pending.records);
	if (p->in.overlong > 0)
		warn("%ju lines longer than %d bytes", p->in.overlong,
		    LINES_MAX);
	if (refused > 0)
		warn("%ju lines refused: no records", refused);
	spool_close(p->store);
	lines_release(&p->in);
	record_release(&p->record);
	pending_release(&p->pending);
	sources_release(&p->sources);
	buf_release(&p->normal);
	buf_release(&p->name);
	buf_release(&p->gaps);
	return refused > 0 ? EX_PARTLY : EX_OK;
}

int
verb_push(int argc, char *argv[])
{
	static struct push push;
	struct push *p = &push;
	struct store_options how = { .create = true, .wait_ms = -1 };
	int stop_fd;

	cli.versions = store_versions();
	how.sync_normal = parse(p, argc, argv);
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	p->store = spool_open(p->path, &how);
	spool_confine(p->path);
	lines_init(&p->in, STDIN_FILENO, stop_fd);
	record_init(&p->record);
	pending_init(&p->pending);
	sources_init(&p->sources);
	buf_init(&p->normal);
	buf_init(&p->name);
	buf_init(&p->gaps);
	digest_nonce(p->ids);
	p->committed_ms = stop_now_ms() - p->linger_ms;
	stop_on_status(on_status, p);
	run(p);
	return finish(p);
}
