/*
 * pipe -- room in a pipe for whole batches.
 *
 * Shape   pipe_widen() makes a pipe hold PIPE_WIDE bytes if it holds less, and
 *         leaves everything else alone.  With the 64 KiB it is born with, each
 *         batch of lib/outbuf.h would put its writer to sleep.
 * Limits  A wish: where the kernel has no such call, or the user has as many
 *         pipe pages as fs.pipe-user-pages-soft grants, the pipe stays as it
 *         was and works.
 * Source  fcntl(2) F_SETPIPE_SZ, pipe(7).
 */
#ifndef RX_PIPE_H
#define RX_PIPE_H

#define PIPE_WIDE (256 * 1024)

void pipe_widen(int fd);

#endif
