/* SPDX-License-Identifier: MIT */
/* plain -- for every aarch64. */
#include "lib/plain_twin.h"

#ifdef __aarch64__

#define UNIT(name) neon_##name
#define UNIT_BYTES NEON_BYTES
#define UNIT_LANE NEON_LANE
#define UNIT_TARGET
#define UNIT_SMALLER plain_swar
#include "lib/plain_loop.inc"

const struct plain_twin plain_neon = { "neon", run, text, escape, line };

#endif
