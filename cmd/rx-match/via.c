#include "via.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/lines.h"
#include "lib/num.h"
#include "lib/outbuf.h"
#include "lib/record.h"
#include "lib/stop.h"

#include "via_child.h"

static const char *command;
static bool accepted[256];
static bool accepting; /* told what */

struct via {
	int socket;
	struct lines in;
	struct outbuf out;
	struct record record;
	struct span rest; /* of the block at hand, not looked at */
	bool over; /* of the input */
	bool marked; /* a control record has come */
	struct buf held; /* the control record that CMD's end is awaited for */

	/* CMD */
	bool running;
	int to, from; /* -1: closed */
	struct buf feed; /* not written to it: from `fed' on */
	size_t fed;
	struct lines answer;
	uintmax_t overlong, segments;
};

void
via_option(const char *text)
{
	command = text;
}

void
via_accept_option(const char *list)
{
	const char *why = "is no number";
	uint64_t status;

	memset(accepted, 0, sizeof(accepted));
	accepting = true;
	for (;;) {
		struct span one = { list, strcspn(list, ",") };

		if (num_u64(one, &status, &why) < 0)
			die(EX_USAGE, "--via-accept %s: %s", list, why);
		if (status > 255)
			die(EX_USAGE, "--via-accept %s: more than 255", list);
		accepted[status] = true;
		if (one.at[one.len] == '\0')
			return;
		list += one.len + 1;
	}
}

bool
via_asked(void)
{
	return command != NULL || accepting;
}

/* -- control records ------------------------------------------------------------ */

/* Where the next line that is one begins; the length when none does. */
static size_t
next_control(struct span lines)
{
	static const char mark[] = "\n" RECORD_CONTROL;
	const char *at;

	if (record_is_control(lines))
		return 0;
	at = memmem(lines.at, lines.len, mark, sizeof(mark) - 1);
	return at == NULL ? lines.len : (size_t)(at + 1 - lines.at);
}

static void
pass(struct via *v, struct span control)
{
	outbuf_add(&v->out, control);
	if (outbuf_flush(&v->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
}

/* -- CMD -------------------------------------------------------------------------- */

static void
start(struct via *v)
{
	if (via_child_start(v->socket, &v->to, &v->from) < 0)
		die_sys(EX_TEMPFAIL, "unable to start %s", command);
	lines_init(&v->answer, v->from, -1);
	v->running = true;
	v->segments++;
}

static void
stop_feeding(struct via *v)
{
	close(v->to);
	v->to = -1;
	buf_reset(&v->feed);
	v->fed = 0;
}

/* A write that a reader who left answers with EPIPE, not with SIGPIPE. */
static ssize_t
write_quietly(int fd, struct span text)
{
	const struct timespec now = { 0, 0 };
	sigset_t pipe, before;
	ssize_t n;
	int error;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipe, &before);
	n = write(fd, text.at, text.len);
	error = errno;
	if (n < 0 && error == EPIPE)
		sigtimedwait(&pipe, NULL, &now);
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return n;
}

static void
feed(struct via *v)
{
	ssize_t n = write_quietly(v->to, span_skip(buf_span(&v->feed), v->fed));

	if (n >= 0) {
		v->fed += (size_t)n;
		if (v->fed == v->feed.len) {
			buf_reset(&v->feed);
			v->fed = 0;
		}
	} else if (errno == EPIPE)
		stop_feeding(v); /* it wants no more; its status will tell */
	else if (errno != EAGAIN && errno != EINTR)
		die_sys(EX_TEMPFAIL, "unable to write to %s", command);
}

static void
check_status(int status)
{
	if (WIFSIGNALED(status))
		die(EX_TEMPFAIL,
		    "%s was ended by signal %d: its segment is "
		    "not passed on",
		    command, WTERMSIG(status));
	if (!WIFEXITED(status) || !accepted[WEXITSTATUS(status)])
		die(EX_TEMPFAIL,
		    "%s ended with status %d: its segment is not passed on",
		    command, WEXITSTATUS(status));
}

/* It has been fed the segment, and its output is at an end. */
static void
finish(struct via *v)
{
	struct pollfd end = { v->socket, POLLIN, 0 };
	int status;

	while (end.revents == 0)
		if (stop_wait(&end, 1, -1) < 0)
			die_sys(EX_IOERR, "unable to wait");
	if (via_child_status(v->socket, &status) < 0)
		die_sys(EX_TEMPFAIL, "unable to wait for %s", command);
	check_status(status);
	v->running = false;
	if (v->held.len > 0)
		pass(v, buf_span(&v->held));
	buf_reset(&v->held);
}

/* What CMD wrote. */
static void
answer(struct via *v)
{
	struct span block;
	int got;

	if (lines_fill(&v->answer) < 0 && errno != EAGAIN)
		die_sys(EX_TEMPFAIL, "unable to read from %s", command);
	while (lines_ready(&v->answer)) {
		if ((got = lines_block(&v->answer, &block)) < 0)
			die_sys(EX_TEMPFAIL, "unable to read from %s", command);
		if (got == 0) {
			v->overlong += v->answer.overlong;
			lines_release(&v->answer);
			close(v->from);
			v->from = -1;
			return;
		}
		if (next_control(block) < block.len)
			die(EX_DATAERR, "%s wrote a control record", command);
		outbuf_add(&v->out, block);
		if (block.at[block.len - 1] != '\n')
			outbuf_add(&v->out, SPAN("\n"));
	}
}

/* -- the input ----------------------------------------------------------------------- */

/* A torn record is discarded; a whole one has only lost its newline. */
static struct span
mend(struct via *v, struct span block)
{
	const char *newline = memrchr(block.at, '\n', block.len);
	size_t whole = newline == NULL ? 0 : (size_t)(newline + 1 - block.at);

	if (record_parse(&v->record, span_skip(block, whole)) < 0)
		return (struct span){ block.at, whole };
	return block;
}

static void
give(struct via *v, struct span data)
{
	if (data.len == 0)
		return;
	if (!v->running)
		start(v);
	if (v->to < 0)
		return;
	buf_add(&v->feed, data);
	if (data.at[data.len - 1] != '\n')
		buf_addc(&v->feed, '\n');
	if (v->feed.failed)
		die(EX_TEMPFAIL, "out of memory");
}

/* What is left of the block, up to a control record that has to wait. */
static void
look(struct via *v)
{
	while (v->rest.len > 0 && v->held.len == 0) {
		size_t n = next_control(v->rest);
		const char *newline;
		struct span control;

		give(v, (struct span){ v->rest.at, n });
		v->rest = span_skip(v->rest, n);
		if (v->rest.len == 0)
			return;
		newline = memchr(v->rest.at, '\n', v->rest.len);
		control = v->rest;
		if (newline != NULL)
			control.len = (size_t)(newline + 1 - control.at);
		v->rest = span_skip(v->rest, control.len);
		v->marked = true;
		if (!v->running) {
			pass(v, control);
			continue;
		}
		buf_add(&v->held, control);
		if (v->held.failed)
			die(EX_TEMPFAIL, "out of memory");
	}
}

static bool
hungry(const struct via *v)
{
	return !v->over && v->held.len == 0 && v->rest.len == 0 &&
	    v->feed.len - v->fed < VIA_HELD;
}

static void
take(struct via *v)
{
	int got;

	look(v);
	while (hungry(v) && lines_ready(&v->in)) {
		if ((got = lines_block(&v->in, &v->rest)) < 0)
			die_sys(EX_IOERR, "unable to read stdin");
		if (got == 0) {
			v->over = true;
			v->rest.len = 0;
		} else if (v->in.torn)
			v->rest = mend(v, v->rest);
		look(v);
	}
}

/* What the end of a segment, or of CMD, asks for. */
static void
turn(struct via *v)
{
	/* Nothing more can come of it; a marked stream goes on with its next. */
	if (v->running && v->from < 0 && v->to < 0 && !v->marked)
		v->over = true;
	if (!v->running || (v->held.len == 0 && !v->over))
		return;
	if (v->to >= 0 && v->feed.len == 0)
		stop_feeding(v); /* it is to see the end */
	if (v->to < 0 && v->from < 0)
		finish(v);
}

static void
await(struct via *v)
{
	struct pollfd fds[] = {
		{ hungry(v) ? STDIN_FILENO : -1, POLLIN, 0 },
		{ v->running && v->feed.len > 0 ? v->to : -1, POLLOUT, 0 },
		{ v->running ? v->from : -1, POLLIN, 0 },
	};

	if (outbuf_flush(&v->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	if (stop_wait(fds, 3, -1) < 0)
		die_sys(EX_IOERR, "unable to wait");
	if (fds[1].revents != 0)
		feed(v);
	if (fds[2].revents != 0)
		answer(v);
	if ((fds[0].revents != 0 || (stop_asked() && hungry(v))) &&
	    lines_fill(&v->in) < 0)
		die_sys(EX_IOERR, "unable to read stdin");
}

static void
status(void *arg)
{
	const struct via *v = arg;

	info("%ju segments, %ju lines too long", v->segments,
	    v->overlong + v->in.overlong);
}

int
via_main(bool checking)
{
	struct via v = { .to = -1, .from = -1 };
	int stop_fd;

	if (command == NULL)
		die(EX_USAGE, "--via-accept without --via");
	if (!accepting)
		accepted[0] = true;
	if (checking)
		return EX_OK;
	if ((v.socket = via_child_fork(command)) < 0)
		die_sys(EX_TEMPFAIL, "unable to fork");
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	stop_reader(STDOUT_FILENO);
	stop_on_status(status, &v);
	if (confine("stdio") < 0)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
	lines_init(&v.in, STDIN_FILENO, stop_fd);
	outbuf_init(&v.out, STDOUT_FILENO);
	record_init(&v.record);
	buf_init(&v.held);
	buf_init(&v.feed);
	for (;;) {
		take(&v);
		turn(&v);
		if (v.over && !v.running)
			break;
		if (v.held.len > 0 || v.rest.len == 0)
			await(&v);
	}
	if (outbuf_close(&v.out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	v.overlong += v.in.overlong;
	if (v.overlong > 0)
		warn("%ju lines dropped that are too long", v.overlong);
	lines_release(&v.in);
	record_release(&v.record);
	buf_release(&v.held);
	buf_release(&v.feed);
	return v.overlong > 0 ? EX_PARTLY : EX_OK;
}
