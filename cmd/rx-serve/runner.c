/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/childenv.h"
#include "lib/stop.h"

static pid_t runner_pid = -1;

/* Of the runner. */
static struct {
	int socket;
	const struct runner_command *commands;
	size_t n;
	struct job {
		pid_t group; /* and its leader; 0: not running */
		bool led; /* the leader has not ended */
		int status; /* of the leader that has */
		int64_t kill_at_ms; /* 0: not told to end */
	} jobs[RUNNER_MAX];
} runner;

static void
say(struct runner_word word, const int *fds, size_t n_fds)
{
	struct iovec bytes = { &word, sizeof(word) };
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control = { 0 };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };

	if (n_fds > 0) {
		struct cmsghdr *c;

		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(n_fds * sizeof(*fds));
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n_fds * sizeof(*fds));
		memcpy(CMSG_DATA(c), fds, n_fds * sizeof(*fds));
	}
	/* Nobody there: the next read tells, and ends us. */
	(void)sendmsg(runner.socket, &message, MSG_NOSIGNAL);
}

static _Noreturn void
become_command(const char *text, int in, int out)
{
	char *const argv[] = { (char *)(intptr_t) "sh", (char *)(intptr_t) "-c",
		(char *)(intptr_t)text, NULL };
	sigset_t none;

	if (in < 0)
		in = open("/dev/null", O_RDONLY);
	setpgid(0, 0);
	for (int signo = 1; signo < NSIG; signo++)
		signal(signo, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (in < 0 || dup2(in, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 ||
	    close_range(STDERR_FILENO + 1, UINT_MAX, 0) < 0)
		_exit(127);
	execv("/bin/sh", argv);
	_exit(127);
}

static void
shut(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void
start(unsigned number)
{
	const struct runner_command *command = &runner.commands[number];
	int out[2] = { -1, -1 }, in[2] = { -1, -1 }, ours[2], error;
	pid_t pid = -1;

	if (pipe2(out, O_CLOEXEC) == 0 &&
	    (!command->reads || pipe2(in, O_CLOEXEC) == 0) &&
	    (pid = fork()) == 0)
		become_command(command->text, in[0], out[1]);
	error = errno;
	shut(out[1]);
	shut(in[0]);
	if (pid < 0) {
		shut(out[0]);
		shut(in[1]);
		say((struct runner_word){ RUNNER_ENDED, number, -1, error },
		    NULL, 0);
		return;
	}
	setpgid(pid, pid); /* whoever comes first: both set it */
	runner.jobs[number] = (struct job){ .group = pid, .led = true };
	ours[0] = out[0];
	ours[1] = in[1];
	say((struct runner_word){ RUNNER_STARTED, number, 0, 0 }, ours,
	    command->reads ? 2 : 1);
	shut(out[0]);
	shut(in[1]);
}

static void
stop(struct job *job)
{
	if (job->group == 0 || job->kill_at_ms != 0)
		return;
	kill(-job->group, SIGTERM);
	job->kill_at_ms = stop_now_ms() + RUNNER_PATIENCE_MS;
}

/*
 * A group whose leader has ended ends, too, and with the same patience.  Who
 * is left of it is our child by now (we are its subreaper), so as long as it
 * is not reaped the number of the group is not another's.
 */
static void
reap(void)
{
	siginfo_t left;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < runner.n; i++)
			if (runner.jobs[i].led && runner.jobs[i].group == pid) {
				runner.jobs[i].led = false;
				runner.jobs[i].status = status;
				stop(&runner.jobs[i]);
			}
	for (unsigned i = 0; i < runner.n; i++) {
		struct job *job = &runner.jobs[i];

		if (job->group == 0 || job->led ||
		    waitid(P_PGID, (id_t)job->group, &left,
			WEXITED | WNOHANG | WNOWAIT) == 0)
			continue;
		job->group = 0;
		say((struct runner_word){ RUNNER_ENDED, i, job->status, 0 },
		    NULL, 0);
	}
}

/* Kill whoever did not end in time; how long until the next is due, -1. */
static int
kill_late(void)
{
	int64_t now_ms = stop_now_ms(), next_ms = -1;

	for (size_t i = 0; i < runner.n; i++) {
		int64_t left_ms;

		if (runner.jobs[i].group == 0 || runner.jobs[i].kill_at_ms == 0)
			continue;
		if ((left_ms = runner.jobs[i].kill_at_ms - now_ms) <= 0) {
			kill(-runner.jobs[i].group, SIGKILL);
			left_ms = 100; /* it cannot refuse: a net */
		}
		if (next_ms < 0 || left_ms < next_ms)
			next_ms = left_ms;
	}
	return (int)next_ms;
}

static bool
any_left(void)
{
	for (size_t i = 0; i < runner.n; i++)
		if (runner.jobs[i].group != 0)
			return true;
	return false;
}

static void
obey(void)
{
	struct runner_word word;
	ssize_t n = recv(runner.socket, &word, sizeof(word), MSG_DONTWAIT);

	if (n == (ssize_t)sizeof(word) && word.number < runner.n) {
		if (word.verb == RUNNER_START &&
		    runner.jobs[word.number].group == 0)
			start(word.number);
		else if (word.verb == RUNNER_STOP)
			stop(&runner.jobs[word.number]);
	} else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		close(runner.socket);
		runner.socket = -1;
		for (size_t i = 0; i < runner.n; i++)
			stop(&runner.jobs[i]);
	}
}

static _Noreturn void
run(void)
{
	struct signalfd_siginfo told;
	sigset_t watched;
	int children;

	/* Only rx-serve ends us: a ^C reaches both, and it has an order. */
	sigemptyset(&watched);
	sigaddset(&watched, SIGCHLD);
	sigprocmask(SIG_BLOCK, &watched, NULL);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_NAME, "rx-serve:run");
	children = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	while (children >= 0 && (runner.socket >= 0 || any_left())) {
		struct pollfd fds[] = { { runner.socket, POLLIN, 0 },
			{ children, POLLIN, 0 } };

		poll(fds, 2, kill_late());
		if (read(children, &told, sizeof(told)) > 0)
			reap();
		if (fds[0].revents != 0)
			obey();
	}
	_exit(0);
}

int
runner_fork(
    const struct runner_command *commands, size_t n, const char *node_id)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	if ((runner_pid = fork()) < 0) {
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	if (runner_pid == 0) {
		close(ends[0]);
		runner.socket = ends[1];
		runner.commands = commands;
		runner.n = n;
		childenv();
		setenv("RX_NODE_ID", node_id, 1);
		run();
	}
	close(ends[1]);
	return ends[0];
}

int
runner_wait(void)
{
	int status = 0;

	while (waitpid(runner_pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}
