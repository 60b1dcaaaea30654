/* SPDX-License-Identifier: MIT */
/*
 * via_child -- the process that starts CMD, once for each segment.
 *
 * Why     What reads foreign data gives up fork and exec.  This one was forked
 *         before that, knows one command and is told one thing: start it.
 * Command sh -c CMD, in a process group of its own, standard error is ours, no
 *         other descriptor, the environment that of childenv.h.
 *         When we are gone, however we went, the group gets TERM, and KILL 2 s
 *         later.
 * Errors  -1 with errno.
 */
#ifndef RX_MATCH_VIA_CHILD_H
#define RX_MATCH_VIA_CHILD_H

/* The socket to it.  Before stop_init() and confine(). */
int via_child_fork(const char *command);
/* Starts CMD: what it reads, and what it writes; both non-blocking. */
int via_child_start(int socket, int *in, int *out);
/* Its wait(2) status, once socket is readable after it was started. */
int via_child_status(int socket, int *status);

#endif
