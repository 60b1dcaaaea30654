/* SPDX-License-Identifier: MIT */
#include "via_command.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "lib/diag.h"
#include "lib/record.h"
#include "lib/stop.h"

#include "via.h"
#include "via_child.h"

int
command_init(struct command *c, const char *text, const bool *accepted)
{
	*c = (struct command){
		.text = text, .accepted = accepted, .to = -1, .from = -1
	};
	buf_init(&c->feed);
	return c->socket = via_child_fork(text);
}

void
command_release(struct command *c)
{
	buf_release(&c->feed);
}

void
command_start(struct command *c)
{
	if (via_child_start(c->socket, &c->to, &c->from) < 0)
		die_sys(EX_TEMPFAIL, "unable to start %s", c->text);
	lines_init(&c->answer, c->from, -1);
	c->running = true;
	c->started++;
	c->awaited = false;
}

static void
close_input(struct command *c)
{
	close(c->to);
	c->to = -1;
	buf_reset(&c->feed);
	c->fed = 0;
}

size_t
command_behind(const struct command *c)
{
	return c->feed.len - c->fed;
}

bool
command_deaf(const struct command *c)
{
	return c->to < 0 && c->from < 0;
}

void
command_give(struct command *c, struct span lines)
{
	if (c->to < 0)
		return; /* it wants no more; its status will tell */
	buf_add(&c->feed, lines);
	if (lines.at[lines.len - 1] != '\n')
		buf_addc(&c->feed, '\n');
	if (c->feed.failed)
		die(EX_TEMPFAIL, "out of memory");
}

void
command_end(struct command *c)
{
	if (c->to >= 0 && command_behind(c) == 0)
		close_input(c);
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
feed(struct command *c)
{
	ssize_t n = write_quietly(c->to, span_skip(buf_span(&c->feed), c->fed));

	if (n >= 0) {
		c->fed += (size_t)n;
		if (c->fed == c->feed.len) {
			buf_reset(&c->feed);
			c->fed = 0;
		}
	} else if (errno == EPIPE)
		close_input(c);
	else if (errno != EAGAIN && errno != EINTR)
		die_sys(EX_TEMPFAIL, "unable to write to %s", c->text);
}

/* What it wrote. */
static void
answer(struct command *c, struct outbuf *out)
{
	struct span block;
	int got;

	if (lines_fill(&c->answer) < 0 && errno != EAGAIN)
		die_sys(EX_TEMPFAIL, "unable to read from %s", c->text);
	while (lines_ready(&c->answer)) {
		if ((got = lines_block(&c->answer, &block)) < 0)
			die_sys(EX_TEMPFAIL, "unable to read from %s", c->text);
		if (got == 0) {
			c->overlong += c->answer.overlong;
			lines_release(&c->answer);
			close(c->from);
			c->from = -1;
			return;
		}
		if (via_next_control(block) < block.len)
			die(EX_DATAERR, "%s wrote a control record", c->text);
		outbuf_add(out, block);
		c->answered += via_lines_of(block);
		if (block.at[block.len - 1] != '\n')
			outbuf_add(out, SPAN("\n"));
	}
}

static void
finish(struct command *c)
{
	int status;

	if (via_child_status(c->socket, &status) < 0)
		die_sys(EX_TEMPFAIL, "unable to wait for %s", c->text);
	if (WIFSIGNALED(status))
		die(EX_TEMPFAIL,
		    "%s was ended by signal %d: its segment is "
		    "not passed on",
		    c->text, WTERMSIG(status));
	if (!WIFEXITED(status) || !c->accepted[WEXITSTATUS(status)])
		die(EX_TEMPFAIL,
		    "%s ended with status %d: its segment is not passed on",
		    c->text, WEXITSTATUS(status));
	c->running = false;
}

int64_t
command_poll(struct command *c, struct pollfd fds[COMMAND_FDS], bool all_given,
    int64_t limit_ms)
{
	int64_t left_ms, now_ms = stop_now_ms();
	const bool deaf = command_deaf(c);

	fds[0] = fds[1] = fds[2] = (struct pollfd){ .fd = -1 };
	if (!c->running)
		return -1;
	if (command_behind(c) > 0)
		fds[0] = (struct pollfd){ c->to, POLLOUT, 0 };
	fds[1] = (struct pollfd){ c->from, POLLIN, 0 };
	/* Ended or not, it is the command of all of its segment. */
	if (deaf && all_given)
		fds[2] = (struct pollfd){ c->socket, POLLIN, 0 };
	/* However long it had nothing to do before. */
	if (!c->awaited)
		c->heard_ms = now_ms;
	c->awaited = all_given;
	if (!all_given || limit_ms < 0)
		return -1;
	left_ms = c->heard_ms + limit_ms - now_ms;
	if (left_ms <= 0)
		die(EX_TEMPFAIL,
		    "%s has %s for %.15g s and does not end: "
		    "its segment is not passed on",
		    c->text, deaf ? "closed its output" : "done nothing",
		    (double)limit_ms / 1000);
	return left_ms;
}

void
command_turn(
    struct command *c, const struct pollfd fds[COMMAND_FDS], struct outbuf *out)
{
	if (fds[0].revents != 0)
		feed(c);
	if (fds[1].revents != 0)
		answer(c, out);
	if (fds[2].revents != 0)
		finish(c);
	else if (fds[0].revents != 0 || fds[1].revents != 0)
		c->heard_ms = stop_now_ms();
}
