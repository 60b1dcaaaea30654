/* SPDX-License-Identifier: MIT */
/*
 * rate -- at most so many records in a window of time: --rate and --by.
 *
 * Shape   Of each window (window.h) the first records pass, the rest is
 *         dropped; with --by for each value of a member, or combination of
 *         members, by itself.  Records that lack a member share one value.
 * Limits  RECENT_KEYS values: the one untouched for longest is forgotten, and
 *         what comes of it later counts from 0; how many is told at the end.
 * Errors  What is wrong with an argument, or NULL.  --by without --rate is wrong.
 */
#ifndef RX_MATCH_RATE_H
#define RX_MATCH_RATE_H

#include "steps.h"

const char *rate_option(const char *rate);
const char *rate_by_option(const char *members); /* with commas between them */

extern const struct step rate_step;

#endif
