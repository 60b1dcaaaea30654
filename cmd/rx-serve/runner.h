/* SPDX-License-Identifier: MIT */
/*
 * runner -- the process that starts the configured commands.
 *
 * Why     rx-serve speaks to the network, so it gives up fork and exec.  The
 *         runner is forked before that, and knows the commands by number; it
 *         reads nothing else, so nothing a client sends can become a command.
 * Words   On a sequenced packet socket.  To the runner: start N, stop N.  From
 *         it: started N, with the read end of the command's output, and, for
 *         one that reads, the write end of its input; ended N,
 *         with the status of wait(2), or -1 and an errno.
 * Command sh -c TEXT, in a process group of its own: stdin is /dev/null
 *         or a pipe,
 *         stdout the pipe, stderr ours, no other descriptor; of the
 *         environment PATH, HOME, LANG, LC_ALL, TZ, TMPDIR, RX_STATE_DIR and
 *         the RX_NODE_ID given here.
 * Ends    stop is TERM for the group, and KILL after RUNNER_PATIENCE_MS; a
 *         command has ended when nobody of its group is left.  When
 *         rx-serve is gone, however it went, all groups end that way, and then
 *         the runner.
 */
#ifndef RX_SERVE_RUNNER_H
#define RX_SERVE_RUNNER_H

#include <stdbool.h>
#include <stddef.h>

#define RUNNER_MAX 4 /* commands */
#define RUNNER_PATIENCE_MS 2000

enum runner_verb { RUNNER_START, RUNNER_STOP, RUNNER_STARTED, RUNNER_ENDED };

struct runner_word {
	enum runner_verb verb;
	unsigned number;
	int status; /* of wait(2), -1: it could not be started */
	int error;
};

/* The socket to it, -1 with errno.  Before any thread or secret. */
struct runner_command {
	const char *text; /* NULL: there is none */
	bool reads; /* it has an input of ours */
};

int runner_fork(const struct runner_command *, size_t n, const char *node_id);
int runner_wait(void); /* for its end, once the socket is closed */

#endif
