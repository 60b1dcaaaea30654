/* SPDX-License-Identifier: MIT */
/*
 * asked -- the options that say which files are followed, and what they are
 *          called: --log-file, --docker, --cri, --label.
 *
 * Shape   asked_add() takes one, from the command line or from --config.
 *         asked_option() knows them by the arguments that --config becomes.
 *         asked_anew() puts those of another reading of the file in the place
 *         of its former ones; what the command line asked for stays.  Inputs
 *         stay, too (input.h): they are opened at the start only.
 * Errors  -1: a label is not GLOB=NAME.  asked_anew() then changes nothing, nor
 *         when nothing would be followed any more, and says why.
 */
#ifndef RX_TAIL_ASKED_H
#define RX_TAIL_ASKED_H

#include <stdbool.h>

#include "cmd/rx-tail/tail.h"
#include "lib/cli_config.h"

enum asked { ASKED_FILE, ASKED_DOCKER, ASKED_CRI, ASKED_LABEL, ASKED_KINDS };

int asked_add(struct tail *, enum asked, const char *arg, bool config);

/* The argument of "--log-file=ARG", and what it is; ASKED_KINDS: not ours. */
enum asked asked_option(const char *option, const char **arg);

int asked_anew(struct tail *, const struct cli_config *, const char **why);

#endif
