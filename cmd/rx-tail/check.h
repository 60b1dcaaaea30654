/* SPDX-License-Identifier: MIT */
/*
 * check -- what start-up would find: --check.
 *
 * Shape   All that start-up reads is read, but for claims, which would fence the
 *         run that is going on, and pipes, which would lose what is in them.
 *         Files that cannot be read are told as start-up tells them.  Nothing
 *         is written.
 * Errors  Dies where start-up would; else the exit status.
 */
#ifndef RX_TAIL_CHECK_H
#define RX_TAIL_CHECK_H

#include "cmd/rx-tail/options.h"

int check(struct tail *, const struct given *);

/* The exit status by what could be read: with --once all must be. */
int check_status(const struct tail *);

#endif
