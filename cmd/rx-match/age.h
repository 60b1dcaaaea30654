/* SPDX-License-Identifier: MIT */
/*
 * age -- records that are too old or of the future: --max-age, --max-future
 *        and --old.
 *
 * Shape   The age of a record is the wall clock minus its timestamp.  One that
 *         is older than --max-age is dropped or what --old says; one of more
 *         than --max-future from now is set to that time.  A time that is set
 *         keeps the one it had in timestamp_original, the first if there is.
 * Counts  Old, future and without a time, each by itself.
 * Errors  What is wrong with an argument, or NULL.  Options that need another are
 *         wrong without it.
 */
#ifndef RX_MATCH_AGE_H
#define RX_MATCH_AGE_H

#include "steps.h"

const char *age_max_option(const char *duration);
const char *age_future_option(const char *duration);
const char *age_old_option(const char *what);

extern const struct step age_step;

#endif
