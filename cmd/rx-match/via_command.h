/* SPDX-License-Identifier: MIT */
/*
 * via_command -- the command that one segment goes through.
 *
 * Shape   command_start() for each segment; command_give() what it is to read,
 *         command_end() when that was all.  command_poll() fills in what it
 *         waits for, command_turn() acts on it and hands whole lines of its
 *         output to `answer'.  It is done when `running' is false again: fed,
 *         read to its end, and ended with a status that is accepted.
 * Limits  Of what it was given, unread is at most what the caller lets stand
 *         in command_behind(); a line of its output is at most LINES_MAX,
 *         longer ones are dropped and counted.
 * Silence limit_ms, -1: none.  From the time when all is given (or nothing more
 *         can be) it may take nothing, write nothing and not end for that long.
 * Errors  A command that fails, is silent or writes a control record ends the
 *         process, with EX_TEMPFAIL or EX_DATAERR, and is itself ended:
 *         via_child.h.
 */
#ifndef RX_MATCH_VIA_COMMAND_H
#define RX_MATCH_VIA_COMMAND_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/lines.h"
#include "lib/outbuf.h"
#include "lib/span.h"

#define COMMAND_FDS 3

struct command {
	const char *text;
	const bool *accepted; /* by status, 256 of them */
	bool running;
	uintmax_t started, overlong;
	uintmax_t answered; /* lines that it wrote */
	/* private */
	int socket; /* to the process that starts it */
	int to, from; /* -1: closed */
	struct buf feed; /* not written to it: from `fed' on */
	size_t fed;
	struct lines answer;
	bool awaited; /* it has all it is to have */
	int64_t heard_ms; /* when it last did something, since then */
};

/* Forks: before stop_init() and confine(); -1 with errno. */
int command_init(struct command *, const char *text, const bool *accepted);
void command_release(struct command *);

void command_start(struct command *);
void command_give(struct command *, struct span lines);
void command_end(struct command *);

/* Bytes that it has not taken yet; nothing more can come of it. */
size_t command_behind(const struct command *);
bool command_deaf(const struct command *);

/* all_given: the silence counts.  The time to wait at most, -1: any. */
int64_t command_poll(struct command *, struct pollfd[COMMAND_FDS],
    bool all_given, int64_t limit_ms);
void command_turn(
    struct command *, const struct pollfd[COMMAND_FDS], struct outbuf *answer);

#endif
