/* SPDX-License-Identifier: MIT */
/*
 * pipe -- room in a pipe for whole batches, and writes that do not wait.
 *
 * Shape   pipe_widen() makes a pipe hold PIPE_WIDE bytes if it holds less, and
 *         leaves everything else alone.  With the 64 KiB it is born with, each
 *         batch of lib/outbuf.h would put its writer to sleep.
 *         pipe_unblock() opens the pipe at fd anew, non-blocking, and puts it
 *         in its place: O_NONBLOCK set on the descriptor we were given would be
 *         set for all who have it, and stay.  A file or a terminal is left.
 *         pipe_held() is how many bytes wait in the pipe at fd, and of how many
 *         it has room for; -1 when it is no pipe.
 * Errors  pipe_unblock: -1 with errno, the descriptor is as it was.
 * Limits  Widening is a wish: where the kernel has no such call, or the user has as many
 *         pipe pages as fs.pipe-user-pages-soft grants, the pipe stays as it
 *         was and works.
 * Source  fcntl(2) F_SETPIPE_SZ, pipe(7), FIONREAD of ioctl(2).
 */
#ifndef RX_PIPE_H
#define RX_PIPE_H

#define PIPE_WIDE (256 * 1024)

void pipe_widen(int fd);
int pipe_unblock(int fd);
int pipe_held(int fd, int *size);

#endif
