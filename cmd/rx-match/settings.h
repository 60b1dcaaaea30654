/* SPDX-License-Identifier: MIT */
/*
 * settings -- options whose argument HUP may change, where --config has them.
 *
 * Shape   Each is kept where it works, by a function that says what is wrong
 *         with an argument, or NULL.  At the start they come one by one, then
 *         settings_ready().  On HUP settings_again() puts all of them aside and
 *         gives those of the new file and of the command line, in this order;
 *         settings_adopt() brings these into force, or the old ones back.
 * Order   Nothing but that runs between again and adopt.
 * Owner   Arguments are loans of the process, or of a file until the next
 *         settings_adopt() that is good.
 * Errors  At the start the end, with EX_USAGE; settings_again: false, and why.
 */
#ifndef RX_MATCH_SETTINGS_H
#define RX_MATCH_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cli_config.h"

struct job;

/* name: of an option that is one of them, or this is a bug. */
void settings_option(const char *name, const char *arg);
void settings_ready(struct job *);

bool settings_own(const char *arg); /* is "--NAME=VALUE" one of them */
bool settings_again(struct job *, const struct cli_config *, char *why);
void settings_adopt(struct job *, bool good);

/* For those that take a duration: what is wrong with it, or NULL. */
const char *settings_duration(
    const char *arg, int64_t min_ns, int64_t max_ns, int64_t *ns);

#endif
