/* SPDX-License-Identifier: MIT */
/*
 * command -- what a shell command prints, without waiting for it.
 *
 * Shape   command_start(), then command_work() until it returns true: it has
 *         ended, or was killed because its time was up.  Its standard input is
 *         empty, its messages go where ours go.
 * Limits  COMMAND_MAX bytes of output; more is a failure.
 * Owner   The struct owns the output; command_release() wipes it.
 * Errors  command_start: -1 with errno.  ok is false unless it exited with 0.
 * Source  posix_spawn(3).
 */
#ifndef RX_SHIP_COMMAND_H
#define RX_SHIP_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/buf.h"

#define COMMAND_MAX (64 * 1024)

struct command {
	struct buf out;
	bool ok;
	const char *why; /* not ok */
	int fd; /* to poll while it runs, -1 */
	/* private */
	pid_t pid; /* its own group; 0: none */
	int64_t until_ms;
};

void command_init(struct command *);
void command_release(struct command *); /* kills it */
int command_start(struct command *, const char *text, int64_t until_ms);
bool command_work(struct command *, int64_t now_ms);

#endif
