/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/secret.h"

extern char **environ;

void
command_init(struct command *c)
{
	*c = (struct command){ .fd = -1 };
	buf_init(&c->out);
}

static void
close_pipe(struct command *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static void
kill_it(struct command *c)
{
	if (c->pid <= 0)
		return;
	kill(-c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	c->pid = 0;
}

void
command_release(struct command *c)
{
	kill_it(c);
	close_pipe(c);
	secret_release(&c->out);
}

static int
spawn(pid_t *pid, const char *text, int out)
{
	char *argv[] = { "sh", "-c", (char *)(uintptr_t)text, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t defaults, none;
	int error;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(
	    &files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawnattr_init(&how);
	posix_spawnattr_setflags(&how,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
		POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigdefault(&how, &defaults);
	posix_spawnattr_setsigmask(&how, &none);
	error = posix_spawn(pid, "/bin/sh", &files, &how, argv, environ);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

int
command_start(struct command *c, const char *text, int64_t until_ms)
{
	int ends[2], error;

	buf_reset(&c->out);
	c->ok = false;
	c->why = NULL;
	c->until_ms = until_ms;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	/* The command's end is an ordinary one. */
	if (fcntl(ends[1], F_SETFL, 0) < 0)
		error = errno;
	else
		error = spawn(&c->pid, text, ends[1]);
	close(ends[1]);
	c->fd = ends[0];
	if (error == 0)
		return 0;
	c->pid = 0;
	close_pipe(c);
	errno = error;
	return -1;
}

static bool
fail(struct command *c, const char *why)
{
	kill_it(c);
	close_pipe(c);
	c->why = why;
	return true;
}

static bool
end(struct command *c, int status)
{
	c->pid = 0;
	close_pipe(c);
	c->ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	c->why = c->ok ? NULL : "failed";
	return true;
}

bool
command_work(struct command *c, int64_t now_ms)
{
	int status;
	ssize_t n;

	while (c->fd >= 0) {
		char *room = buf_room(&c->out, 4096);

		if (room == NULL)
			return fail(c, "out of memory");
		n = read(c->fd, room, 4096);
		if (n > 0)
			buf_took(&c->out, (size_t)n);
		if (c->out.len > COMMAND_MAX)
			return fail(c, "prints too much");
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0 && errno != EINTR)
			close_pipe(c);
	}
	if (c->fd < 0 && waitpid(c->pid, &status, WNOHANG) == c->pid)
		return end(c, status);
	return now_ms >= c->until_ms && fail(c, "takes too long");
}
