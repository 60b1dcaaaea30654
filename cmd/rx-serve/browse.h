/* SPDX-License-Identifier: MIT */
/*
 * browse -- rx-serve as the forced command of sshd(8): a few commands that
 *           read, below the roots of --browse, and no shell.
 *
 * Shape   SSH_ORIGINAL_COMMAND is split into words as sh(1) would, but nothing
 *         is expanded and nothing has a meaning: '…', "…" and \c quote, and a
 *         byte that a shell would act upon is refused unquoted.
 * Words   cat ls head tail stat sha256sum, with the options of browse_run.c.
 *         An operand is a path below a root (beneath.h); one that is not
 *         absolute is below the first.
 * Output  The bytes of files as they are; names with bytes other than printable
 *         ASCII as \xNN.
 * Limits  BROWSE_COMMAND bytes, BROWSE_WORDS words, BROWSE_BYTES written, then
 *         it ends with 74; BROWSE_S seconds, then by SIGALRM.
 * Errors  64 for what is not understood or not allowed, told once; 1 when a
 *         file could not be read, as the tools of those names do.
 * Source  POSIX.1-2017, Shell Command Language 2.2; FAULTS.md SEC-52; R-125,
 *
 */
#ifndef RX_SERVE_BROWSE_H
#define RX_SERVE_BROWSE_H

#include "lib/buf.h"

#define BROWSE_COMMAND 8192
#define BROWSE_WORDS 64
#define BROWSE_BYTES (INT64_C(1) << 30)
#define BROWSE_S 60

struct browse_words {
	char *list[BROWSE_WORDS + 1]; /* NULL behind the last */
	size_t n;
	struct buf text; /* they lie in it */
};

/* NULL, or why it is refused.  To be released all the same. */
const char *browse_split(struct browse_words *, const char *command);
void browse_release(struct browse_words *);

/* The command of the environment; the roots are added.  The exit status. */
int browse_run(void);

#endif
