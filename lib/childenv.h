/* SPDX-License-Identifier: MIT */
/*
 * childenv -- the environment that commands are started in.
 *
 * Shape   childenv() leaves of the environment PATH, HOME, LANG, LC_ALL, TZ,
 *         TMPDIR, RX_STATE_DIR and RX_NODE_ID: what a command needs to run and
 *         to agree with its starter, and no secret (SEC-31).
 * Use     In the process that starts them, not in a tool itself: RX_ variables
 *         are options.  Before its first thread.
 */
#ifndef RX_CHILDENV_H
#define RX_CHILDENV_H

void childenv(void);

#endif
