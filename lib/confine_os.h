/* SPDX-License-Identifier: MIT */
/*
 * confine_os -- what confine() asks of the kernel.  Private to lib/confine*.
 *
 * Shape   Bits are the promised words.  Each takes away for good, for this
 *         process and its children.
 * Errors  -1 with errno.  A kernel without the feature is no error: there is
 *         then nothing to hold on to, and the units confine the tool too.
 * Source  seccomp(2), landlock(7), linux/landlock.h.
 */
#ifndef RX_CONFINE_OS_H
#define RX_CONFINE_OS_H

enum {
	CONFINE_STDIO = 1 << 0,
	CONFINE_RPATH = 1 << 1,
	CONFINE_WPATH = 1 << 2,
	CONFINE_CPATH = 1 << 3,
	CONFINE_FLOCK = 1 << 4,
	CONFINE_INET = 1 << 5,
	CONFINE_DNS = 1 << 6,
	CONFINE_PROC = 1 << 7,
	CONFINE_EXEC = 1 << 8
};

int confine_paths(unsigned bits); /* Landlock over confine_allow()'s paths */
int confine_calls(unsigned bits); /* seccomp */

#endif
