/* SPDX-License-Identifier: MIT */
/* plain -- for every x86-64. */
#include "lib/plain_twin.h"

#ifdef __SSE2__

#define UNIT(name) sse2_##name
#define UNIT_BYTES SSE2_BYTES
#define UNIT_LANE SSE2_LANE
#define UNIT_TARGET
#define UNIT_SMALLER plain_swar
#include "lib/plain_loop.inc"

const struct plain_twin plain_sse2 = { "sse2", run, text, escape, line };

#endif
