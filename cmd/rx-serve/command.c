/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/rx-serve/runner.h"
#include "lib/diag.h"
#include "lib/stop.h"

#define LAST_READS 8 /* more than a pipe holds */

static struct net_watch runner_link = { .fd = -1 }; /* to the runner */
static struct command *commands[RUNNER_MAX];

static void
tell_runner(enum runner_verb verb, unsigned number)
{
	struct runner_word word = { .verb = verb, .number = number };

	if (send(runner_link.fd, &word, sizeof(word), MSG_NOSIGNAL) < 0)
		die_sys(EX_TEMPFAIL, "unable to reach the runner");
}

static void
start(void *arg)
{
	struct command *c = arg;

	c->state = COMMAND_RUNNING;
	c->started_ms = stop_now_ms();
	c->starts++;
	tell_runner(RUNNER_START, c->number);
}

static void
close_output(struct command *c)
{
	if (c->watch.fd < 0)
		return;
	net_unwatch(&c->watch);
	close(c->watch.fd);
	c->watch.fd = -1;
	lines_release(&c->lines);
	if (c->calls->end != NULL)
		c->calls->end(c->arg);
}

/* One read, and the lines that came with it; false at the end. */
static bool
read_some(struct command *c)
{
	struct span line;
	int got = lines_fill(&c->lines);

	while (lines_ready(&c->lines) && lines_next(&c->lines, &line) > 0)
		c->calls->line(c->arg, line);
	c->calls->batch(c->arg);
	return got > 0;
}

static void
on_output(void *arg)
{
	struct command *c = arg;

	if (read_some(c))
		return;
	/* It will say no more: no use in running it. */
	close_output(c);
	if (c->state == COMMAND_RUNNING)
		tell_runner(RUNNER_STOP, c->number);
}

static void
on_started(struct command *c, int fd, int input)
{
	if (c->state != COMMAND_RUNNING) {
		close(fd);
		if (input >= 0)
			close(input);
		return;
	}
	c->input = input;
	lines_init(&c->lines, fd, -1);
	c->watch.fd = fd;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || net_watch(&c->watch) < 0)
		die_sys(EX_TEMPFAIL, "unable to watch a command");
	c->calls->start(c->arg);
}

static void
tell_end(const struct command *c, const struct runner_word *word, int64_t in_ms)
{
	double in_s = (double)in_ms / 1000;

	if (word->status < 0) {
		errno = word->error;
		warn_sys("unable to start command %u; again in %.1f s",
		    c->number, in_s);
	} else if (WIFSIGNALED(word->status))
		warn("command %u was killed by signal %d; again in %.1f s",
		    c->number, WTERMSIG(word->status), in_s);
	else
		warn("command %u ended with status %d; again in %.1f s",
		    c->number, WEXITSTATUS(word->status), in_s);
}

static bool
readable(const struct command *c)
{
	struct pollfd out = { c->watch.fd, POLLIN, 0 };

	return out.fd >= 0 && poll(&out, 1, 0) > 0;
}

static void
on_ended(struct command *c, const struct runner_word *word)
{
	int64_t in_ms;

	/* What it said last is still in the pipe; who fled may hold it open. */
	for (int i = 0; i < LAST_READS && readable(c); i++)
		if (!read_some(c))
			break;
	close_output(c);
	if (!c->wanted)
		c->state = COMMAND_IDLE;
	else if (c->state == COMMAND_STOPPING)
		start(c);
	else {
		if (stop_now_ms() - c->started_ms >= COMMAND_STEADY_MS)
			backoff_reset(&c->backoff);
		in_ms = backoff_next_ms(&c->backoff);
		tell_end(c, word, in_ms);
		c->state = COMMAND_WAITING;
		net_timer_set(&c->again, in_ms);
	}
}

static void
on_word(void *arg)
{
	struct runner_word word;
	struct iovec bytes = { &word, sizeof(word) };
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct msghdr message = { .msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n =
	    recvmsg(runner_link.fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int fds[2] = { -1, -1 };

	(void)arg;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != (ssize_t)sizeof(word))
		die(EX_TEMPFAIL, "the runner has ended");
	if ((c = CMSG_FIRSTHDR(&message)) != NULL && c->cmsg_type == SCM_RIGHTS)
		memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	if (word.number >= RUNNER_MAX || commands[word.number] == NULL)
		return;
	if (word.verb == RUNNER_STARTED && fds[0] >= 0)
		on_started(commands[word.number], fds[0], fds[1]);
	else if (word.verb == RUNNER_ENDED)
		on_ended(commands[word.number], &word);
}

int
commands_open(int runner)
{
	runner_link.fd = runner;
	runner_link.ready = on_word;
	return net_watch(&runner_link);
}

static void
release(struct command *c)
{
	close_output(c);
	net_timer_clear(&c->again);
	commands[c->number] = NULL;
}

void
commands_close(void)
{
	for (size_t i = 0; i < RUNNER_MAX; i++)
		if (commands[i] != NULL)
			release(commands[i]);
	net_unwatch(&runner_link);
	close(runner_link.fd);
	runner_link.fd = -1;
}

void
command_init(struct command *c, unsigned number,
    const struct command_calls *calls, void *arg)
{
	*c = (struct command){ .number = number, .calls = calls, .arg = arg };
	c->input = -1;
	c->watch = (struct net_watch){ .fd = -1, .ready = on_output, .arg = c };
	c->again = (struct net_timer){ .run = start, .arg = c };
	backoff_init(&c->backoff, COMMAND_FIRST_MS, COMMAND_MAX_MS,
	    backoff_seed("rx-serve"));
	commands[number] = c;
}

void
command_want(struct command *c, bool wanted)
{
	c->wanted = wanted;
	if (commands[c->number] == NULL)
		return; /* released */
	if (wanted) {
		if (c->state == COMMAND_IDLE)
			start(c);
	} else if (c->state == COMMAND_RUNNING) {
		c->state = COMMAND_STOPPING;
		close_output(c);
		tell_runner(RUNNER_STOP, c->number);
	} else if (c->state == COMMAND_WAITING) {
		net_timer_clear(&c->again);
		c->state = COMMAND_IDLE;
	}
}
