/* SPDX-License-Identifier: MIT */
/*
 * sample -- keep a share of the records: --sample and --over.
 *
 * Shape   Which records are kept depends on their coordinates (_rx), or on
 *         their bytes where they have none: the same input gives the same
 *         sample.  A record that is kept by chance gets the member weight, for
 *         how many it stands; a weight that it came with is multiplied.
 *         Critical records are always kept, and have no weight.
 * Over    With --over the sample is taken only in a window of time in which,
 *         or in the one before which, there were more records than that.
 * Errors  What is wrong with an argument, or NULL.  --over without --sample is
 *         wrong.
 */
#ifndef RX_MATCH_SAMPLE_H
#define RX_MATCH_SAMPLE_H

#include "steps.h"

const char *sample_option(const char *share);
const char *sample_over_option(const char *rate);

/* Is it in a sample of this share?  Sets its weight when it is. */
bool sample_keeps(struct item *, double share);

extern const struct step sample_step;

#endif
