/* SPDX-License-Identifier: MIT */
#include "lib/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

void
pipe_widen(int fd)
{
#ifdef F_SETPIPE_SZ
	int error = errno, size = fcntl(fd, F_GETPIPE_SZ);

	if (size >= 0 && size < PIPE_WIDE)
		(void)fcntl(fd, F_SETPIPE_SZ, PIPE_WIDE);
	errno = error;
#else
	(void)fd;
#endif
}

int
pipe_unblock(int fd)
{
	struct stat st;
	char path[32];
	int again, error = 0;

	if (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode))
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if ((again = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0)
		return -1;
	if (dup2(again, fd) < 0)
		error = -1;
	close(again);
	return error;
}

int
pipe_held(int fd, int *size)
{
#ifdef F_GETPIPE_SZ
	int held;

	if ((*size = fcntl(fd, F_GETPIPE_SZ)) < 0 ||
	    ioctl(fd, FIONREAD, &held) < 0)
		return -1;
	return held;
#else
	(void)fd;
	(void)size;
	return -1;
#endif
}
