/* SPDX-License-Identifier: MIT */
/*
 * confine -- give up what a tool no longer needs.  Privileges only shrink.
 *
 * Shape   promises are words of pledge(2), separated by blanks: "stdio" (what
 *         is open may be read and written, memory, clocks, signals to itself),
 *         "rpath" "wpath" "cpath" (open files to read, to write, to create),
 *         "flock", "inet" (sockets), "dns", "proc" (fork and wait), "exec".
 *         confine_allow() names the paths that rpath, wpath and cpath are
 *         about, before confine(); none named means everywhere.
 * Always  no_new_privs, no core dumps, not dumpable.
 * Linux   What is enforced: no_new_privs, RLIMIT_CORE, PR_SET_DUMPABLE, and a
 *         seccomp filter that refuses (EPERM) the system calls of the words
 *         not promised: socket and connect without inet, execve without exec,
 *         fork without proc, ptrace, mount, keyctl and their like always.
 *         Landlock for the paths where the kernel has it.
 * Limits  Does nothing in sanitizer builds: LeakSanitizer reads /proc and
 *         starts a thread.
 * Errors  -1 with errno; EINVAL for an unknown word.
 * Source  pledge(2) and unveil(2) of OpenBSD; seccomp(2), landlock(7).
 */
#ifndef RX_CONFINE_H
#define RX_CONFINE_H

int confine_allow(const char *path, const char *permissions); /* "r" "rwc" */

/* The directory that a file is in: a new one may take its name.  With a w it
 * must be writable now. */
int confine_allow_beside(const char *file, const char *permissions);
int confine(const char *promises);

#endif
