/* SPDX-License-Identifier: MIT */
/* plain -- byte by byte: the ends of lines, and what the others must equal. */
#include "lib/plain_twin.h"

#define UNIT(name) single_##name
#define UNIT_BYTES SINGLE_BYTES
#define UNIT_LANE SINGLE_LANE
#define UNIT_TARGET
#define UNIT_SMALLER plain_single /* nothing is less than one */
#include "lib/plain_loop.inc"

const struct plain_twin plain_single = { "single", run, text, escape, line };
