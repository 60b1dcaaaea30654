/* SPDX-License-Identifier: MIT */
/*
 * num -- strict numbers, durations, sizes and rates, as options and
 *        configuration spell them.
 *
 * Shape   num_u64       "0" or digits without a leading zero
 *         num_duration  a number and ns, us, ms, s, m, h or d, also joined from
 *                       large to small: "500ms" "5s" "1h30m" "1.5s" "7d"; a bare
 *                       "0" is a duration, any other bare number is not
 *         num_size      bytes, or with k, M, G or T, powers of 1024: "64k" "10M"
 *         num_rate      "100/s" "1/60s" "10/m": events in a window
 *         num_ratio     "0.1", from 0 to 1
 * Limits  Out of range, a sign, blanks or trailing junk is an error, never a
 *         nearby value.
 * Errors  -1 and *why, a constant sentence part such as "is not a duration".
 */
#ifndef RX_NUM_H
#define RX_NUM_H

#include <stddef.h>
#include <stdint.h>

#include "lib/span.h"

#define NUM_MS INT64_C(1000000) /* nanoseconds */
#define NUM_S INT64_C(1000000000)

int num_u64(struct span, uint64_t *, const char **why);
int num_duration(struct span, int64_t *ns, const char **why);
int num_size(struct span, uint64_t *bytes, const char **why);
int num_rate(
    struct span, uint64_t *events, int64_t *window_ns, const char **why);
int num_ratio(struct span, double *, const char **why);

#define NUM_DIGITS 20 /* of the largest uint64_t */
size_t num_render(char *dst, uint64_t); /* decimal, not terminated */

/* Options: the same, or die(EX_USAGE) naming the option and the range. */
uint64_t num_opt_u64(
    const char *option, const char *arg, uint64_t min, uint64_t max);
int64_t num_opt_duration(
    const char *option, const char *arg, int64_t min_ns, int64_t max_ns);
uint64_t num_opt_size(
    const char *option, const char *arg, uint64_t min, uint64_t max);

#endif
