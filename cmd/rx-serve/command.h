/* SPDX-License-Identifier: MIT */
/*
 * command -- a configured command whose output somebody wants, kept running.
 *
 * Shape   command_want() says whether.  It is started by the runner, its lines
 *         are told one by one, and batch follows when no more can be read for
 *         now.  One that ends although it is wanted starts again after a wait
 *         that grows from COMMAND_FIRST_MS to COMMAND_MAX_MS and is small
 *         again once it has run for COMMAND_STEADY_MS.
 * Input   One that reads has a pipe from us: start takes it out of input and
 *         owns it from then on.
 * Limits  A line longer than LINES_MAX is left out and counted.
 * Errors  Told by warn(); a runner that is gone ends the process: die().
 */
#ifndef RX_SERVE_COMMAND_H
#define RX_SERVE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-serve/net.h"
#include "lib/backoff.h"
#include "lib/lines.h"
#include "lib/span.h"

#define COMMAND_FIRST_MS 500
#define COMMAND_MAX_MS 30000
#define COMMAND_STEADY_MS 60000

struct command_calls {
	void (*start)(void *);
	void (*line)(void *, struct span);
	void (*batch)(void *);
	void (*end)(void *); /* NULL, or: it reads and says no more */
};

struct command {
	uint64_t starts;
	/* private */
	enum command_state {
		COMMAND_IDLE,
		COMMAND_RUNNING, /* asked to start, or started */
		COMMAND_STOPPING,
		COMMAND_WAITING, /* to start again */
	} state;
	unsigned number;
	bool wanted;
	const struct command_calls *calls;
	void *arg;
	struct net_watch watch; /* its output; fd -1: none */
	struct lines lines;
	int input; /* to be taken in start, if it has one; else -1 */
	struct backoff backoff;
	struct net_timer again;
	int64_t started_ms;
};

int commands_open(int runner); /* after net_init(); -1 with errno */
void commands_close(void); /* end them all */

void command_init(
    struct command *, unsigned number, const struct command_calls *, void *arg);
void command_want(struct command *, bool);

#endif
