/* SPDX-License-Identifier: MIT */
/*
 * fixtures -- --test DIR: what the options make of inputs whose outputs are
 *             known.
 *
 * Shape   Of each NAME.in of the directory, in order of names, the bytes that
 *         come out are compared with NAME.out; what differs is shown as lines
 *         that begin with - (expected) and + (got).  Each runs in a process of
 *         its own, with the input as standard input.
 * Errors  EX_CONFIG: the directory cannot be read, has no fixture, or one
 *         lacks its output.
 */
#ifndef RX_FIXTURES_H
#define RX_FIXTURES_H

#include <stdbool.h>

void fixtures_option(const char *dir);
bool fixtures_asked(void);

/* Returns in the process of each fixture, and nowhere else. */
void fixtures_run(void);

#endif
