/* SPDX-License-Identifier: MIT */
#include "via_child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/childenv.h"

#define PATIENCE_MS 2000

/* A word to us: the status, or an errno; with both descriptors or none. */
struct word {
	int error, status;
};

static int
say(int socket, struct word word, const int fds[2])
{
	struct iovec bytes = { &word, sizeof(word) };
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control = { 0 };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };

	if (fds != NULL) {
		struct cmsghdr *c;

		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(2 * sizeof(int));
		memcpy(CMSG_DATA(c), fds, 2 * sizeof(int));
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static _Noreturn void
become(const char *command, int in, int out)
{
	setpgid(0, 0);
	for (int signo = 1; signo < NSIG; signo++)
		signal(signo, SIG_DFL);
	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
	    close_range(STDERR_FILENO + 1, UINT_MAX, 0) == 0)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* Starts it, and hands over our ends of both pipes. */
static pid_t
start(int socket, const char *command)
{
	int in[2], out[2], ours[2];
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 ||
	    (pid = fork()) < 0) {
		say(socket, (struct word){ errno, 0 }, NULL);
		_exit(1);
	}
	if (pid == 0)
		become(command, in[0], out[1]);
	setpgid(pid, pid);
	ours[0] = in[1];
	ours[1] = out[0];
	fcntl(ours[0], F_SETFL, O_NONBLOCK);
	fcntl(ours[1], F_SETFL, O_NONBLOCK);
	say(socket, (struct word){ 0, 0 }, ours);
	for (int i = 0; i < 2; i++) {
		close(in[i]);
		close(out[i]);
	}
	return pid;
}

static _Noreturn void
take_down(pid_t group, int leader)
{
	struct pollfd end = { leader, POLLIN, 0 };

	kill(-group, SIGTERM);
	poll(&end, 1, PATIENCE_MS);
	kill(-group, SIGKILL);
	_exit(0);
}

/* Until the command ends, or nobody waits for that. */
static int
wait_for(int socket, pid_t pid)
{
	struct pollfd fds[] = { { (int)syscall(SYS_pidfd_open, pid, 0), POLLIN,
				    0 },
		{ socket, POLLIN, 0 } };
	int status = -1;

	while (fds[0].fd >= 0 && fds[0].revents == 0) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[1].revents != 0 && fds[0].revents == 0)
			take_down(pid, fds[0].fd);
	}
	if (fds[0].fd >= 0)
		close(fds[0].fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static _Noreturn void
serve(int socket, const char *command)
{
	static const int ours_alone[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1 };
	char asked;

	/* Only the end of the socket ends us: a ^C reaches both. */
	for (size_t i = 0; i < sizeof(ours_alone) / sizeof(*ours_alone); i++)
		signal(ours_alone[i], SIG_IGN);
	prctl(PR_SET_NAME, "rx-match:via");
	childenv();
	/* Whoever reads our output is to see its end when we are gone. */
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	open("/dev/null", O_RDWR);
	open("/dev/null", O_RDWR);
	while (recv(socket, &asked, 1, 0) == 1) {
		pid_t pid = start(socket, command);

		if (say(socket, (struct word){ 0, wait_for(socket, pid) },
			NULL) < 0)
			break;
	}
	_exit(0);
}

int
via_child_fork(const char *command)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	if ((pid = fork()) == 0) {
		close(ends[0]);
		serve(ends[1], command);
	}
	close(ends[1]);
	return pid < 0 ? -1 : ends[0];
}

/* A word, and the descriptors that came with it, -1 when none did. */
static int
hear(int socket, struct word *word, int fds[2])
{
	struct iovec bytes = { word, sizeof(*word) };
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control = { 0 };
	struct msghdr message = { .msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n;

	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(*word)) {
		if (n >= 0)
			errno = ECHILD; /* it was killed */
		return -1;
	}
	c = CMSG_FIRSTHDR(&message);
	fds[0] = fds[1] = -1;
	if (c != NULL && c->cmsg_type == SCM_RIGHTS)
		memcpy(fds, CMSG_DATA(c), 2 * sizeof(int));
	errno = word->error;
	return word->error != 0 ? -1 : 0;
}

int
via_child_start(int socket, int *in, int *out)
{
	struct word word = { 0, 0 };
	int fds[2];

	if (send(socket, "", 1, MSG_NOSIGNAL) < 0 ||
	    hear(socket, &word, fds) < 0)
		return -1;
	*in = fds[0];
	*out = fds[1];
	return 0;
}

int
via_child_status(int socket, int *status)
{
	struct word word = { 0, 0 };
	int fds[2];

	if (hear(socket, &word, fds) < 0)
		return -1;
	*status = word.status;
	return 0;
}
