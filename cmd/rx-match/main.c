/* SPDX-License-Identifier: MIT */
/*
 * rx-match -- keep the log records that matter and say how bad they are.
 * The case table is in match.h, the manual in rx-match(1).
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/fixtures.h"
#include "lib/notify.h"
#include "lib/stats.h"
#include "lib/stop.h"

#include "keywords_find.h"
#include "match.h"
#include "options.h"
#include "patterns.h"
#include "reconfig.h"
#include "reject.h"
#include "repeat.h"
#include "steps.h"
#include "via.h"

static void
prepare(struct job *j)
{
	char why[REX_WHY];

	if (severity_init(why) < 0)
		die(EX_TEMPFAIL, "%s", why);
	if (j->explaining)
		j->format = FORMAT_REPORT;
	if (rex_interpreted(j->rex))
		warn("no JIT for patterns here, which is slower: memory may "
		     "not be writable and executable");
	j->terminal = isatty(STDOUT_FILENO) == 1;
	if (j->format == FORMAT_AUTO)
		j->format = j->terminal ? FORMAT_VIEW : FORMAT_JSON;
	j->coloured = view_coloured(j->colour, j->terminal);
	if (rtime_init(&j->rtime, NULL) < 0)
		die(EX_USAGE, "TZ names no zone");
	buf_init(&j->line);
	buf_init(&j->label);
	buf_init(&j->control);
	buf_init(&j->context.tail);
	item_init(&j->item);
	item_init(&j->around);
	steps_start(j);
}

static void
status(void *arg)
{
	const struct job *j = arg;

	info("%ju lines read, %ju kept, %ju no records, %ju too long, "
	     "%ju at a pattern's bound",
	    j->all_lines, j->all_kept, j->not_records + j->rejected,
	    j->overlong + j->in.overlong, j->limited);
}

/* A record that was not searched passes as it came but for its steps. */
static bool
is_classing(const struct job *j)
{
	if (j->bar != SEVERITY_NONE)
		return true;
	if (j->records && !j->searching && !j->by_rules &&
	    j->format == FORMAT_JSON)
		return false;
	return steps_any() ||
	    (j->format != FORMAT_RAW && !j->counting && !j->listing);
}

/* In how many milliseconds there is more to write; -1: all is. */
static int64_t
write_out(struct job *j)
{
	int64_t ms;

	if (!steps_holding())
		filter_release(j);
	if ((ms = filter_due_ms(j)) > 0)
		return ms;
	if (outbuf_flush(&j->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	return -1;
}

/* May come while input is waited for: a step that ends writes what it holds. */
static void
reload(void *arg)
{
	struct job *j = arg;

	j->reload_due = j->busy;
	if (j->busy)
		return;
	reconfig(j);
	steps_reload(j);
	j->classing = is_classing(j);
	j->repeating = repeat_usable(j);
	repeat_forget();
	write_out(j);
}

/* Only what ends at a terminal may lose its marks. */
static void
begin_marked(struct job *j)
{
	const char *why = j->counting                  ? "-c"
	    : j->listing                               ? "-l"
	    : j->format == FORMAT_RAW                  ? "--format raw"
	    : j->format == FORMAT_VIEW && !j->terminal ? "--format view"
						       : NULL;

	j->marked = true;
	if (why != NULL)
		die(EX_USAGE,
		    "the input is marked, and %s has no place for marks", why);
}

/* Before we may wait, hand on all we have, and let the steps have their time. */
static void
hand_on(struct job *j, int fd, int stop_fd)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN } };
	int64_t ms, later_ms;

	do {
		ms = steps_idle(j);
		reject_flush();
		later_ms = write_out(j);
		if (later_ms >= 0 && (ms < 0 || later_ms < ms))
			ms = later_ms;
	} while (ms >= 0 && !stop_asked() && stop_wait(fds, 2, ms) == 0);
}

/* Reads one input to its end; false when it cannot be read. */
static bool
run(struct job *j, int fd, int stop_fd, bool may_be_records)
{
	bool first = true;
	struct span block;
	int got;

	lines_init(&j->in, fd, stop_fd);
	j->kept = j->number.before = 0;
	j->records = false;
	context_input(&j->context);
	for (;;) {
		if (job_done(j) && !j->marked && !first &&
		    !context_due(&j->context))
			return true;
		if (!lines_ready(&j->in))
			hand_on(j, fd, stop_fd);
		if ((got = lines_block(&j->in, &block)) <= 0)
			return got == 0;
		stop_poll();
		if (first) {
			j->records = may_be_records && block.at[0] == '{';
			if (j->records && record_is_control(block))
				begin_marked(j);
			j->classing = is_classing(j);
			j->repeating = repeat_usable(j);
			first = false;
		}
		j->busy = true;
		if (j->records)
			filter_block(j, block);
		else
			text_block(j, block);
		j->busy = false;
		if (j->reload_due)
			reload(j);
	}
}

/* Others may be there, so this is no end. */
static void
unreadable(struct job *j, const char *verb)
{
	int why = errno;

	die_of_memory();
	j->unreadable++;
	j->denied += why == EACCES || why == EPERM;
	warn_sys("unable to %s %s", verb, j->name);
	/* As grep has it, the first word would be the pattern. */
	if (why == ENOENT && !patterns_any() && j->all_lines == 0 &&
	    strpbrk(j->name, "/.") == NULL)
		warn("a pattern is given by -e: -e '%s'", j->name);
}

static void
input(struct job *j, const char *name, int stop_fd)
{
	bool is_stdin = strcmp(name, "-") == 0;
	int fd = STDIN_FILENO;

	j->name = name;
	if (!is_stdin && (fd = open(name, O_RDONLY | O_CLOEXEC)) < 0) {
		unreadable(j, "open");
		return;
	}
	if (!run(j, fd, stop_fd, is_stdin && !j->as_text)) {
		if (is_stdin)
			die_sys(EX_IOERR, "unable to read stdin");
		unreadable(j, "read");
	}
	steps_settle(j);
	j->overlong += j->in.overlong;
	j->in.overlong = 0;
	lines_release(&j->in);
	if (!is_stdin)
		close(fd);
	if (j->listing && j->kept > 0)
		raw_name(j);
	else if (j->counting && !j->listing && j->most > 0)
		raw_count(j);
}

/* Files are read, and beside that of --stats new ones are written. */
static void
give_up_privileges(const struct job *j, bool reading)
{
	char dir[PATH_MAX];
	bool ok = true;

	if (j->stats != NULL)
		ok = confine_allow("/", "r") == 0 &&
		    snprintf(dir, sizeof(dir), "%s", j->stats) <
			(int)sizeof(dir) &&
		    confine_allow(dirname(dir), "rwc") == 0 &&
		    confine("stdio rpath wpath cpath") == 0;
	else
		ok = confine(reading ? "stdio rpath" : "stdio") == 0;
	if (!ok)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
}

static void
release(struct job *j)
{
	item_release(&j->item);
	item_release(&j->around);
	item_path_release(&j->member);
	buf_release(&j->context.tail);
	buf_release(&j->line);
	buf_release(&j->label);
	buf_release(&j->control);
	patterns_release(j);
	severity_release();
	keywords_find_release();
}

/* operands: how many; that not one of them was read is no partial success. */
static int
finish(struct job *j, int operands)
{
	uintmax_t refused =
	    j->not_records + j->overlong + j->unreadable + j->rejected;

	steps_finish(j);
	reject_close();
	filter_release(j);
	if (outbuf_close(&j->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	stats_end();
	if (j->not_records > 0)
		warn("%ju lines dropped that are no records", j->not_records);
	if (j->rejected > 0)
		warn("%ju records rejected", j->rejected);
	if (j->overlong > 0)
		warn("%ju lines dropped that are too long", j->overlong);
	if (j->limited > 0)
		warn("%ju records passed on which a pattern reached its bound",
		    j->limited);
	if (j->too_large > 0)
		warn("%ju records passed without severity, being too long",
		    j->too_large);
	if (j->replaced > 0)
		warn("%ju bytes replaced that are not UTF-8", j->replaced);
	if (j->unreadable > 0 && j->unreadable == (uintmax_t)operands)
		return j->denied == j->unreadable ? EX_NOPERM : EX_IOERR;
	if (refused > 0)
		return EX_PARTLY;
	if (j->diffing) /* as diff(1) */
		return j->all_kept > 0 ? EX_PARTLY : EX_OK;
	return j->all_kept > 0 || j->marked || stop_asked() ? EX_OK : EX_PARTLY;
}

int
main(int argc, char *argv[])
{
	struct job j = { .most = UINTMAX_MAX };
	int stop_fd, status_code;

	diag_init("rx-match");
	bool checking = options_parse(&j, &argc, &argv);
	if (via_asked())
		return via_main(checking, j.stats);
	if (fixtures_asked() && !checking)
		fixtures_run();
	prepare(&j);
	if (checking) {
		release(&j);
		return EX_OK;
	}
	reject_open();
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	stop_reader(STDOUT_FILENO);
	stop_on_status(status, &j);
	stop_on_reload(reload, &j);
	outbuf_init(&j.out, STDOUT_FILENO);
	if (j.stats != NULL)
		counters_to(&j, j.stats);
	give_up_privileges(&j, j.operands || j.rereads);
	notify_count("lines", &j.all_lines);
	notify_ready("loop started");
	if (optind == argc)
		input(&j, "-", stop_fd);
	for (int i = optind; i < argc && !stop_asked(); i++)
		input(&j, argv[i], stop_fd);
	status_code = finish(&j, argc - optind);
	release(&j);
	return status_code;
}
