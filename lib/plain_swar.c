/* SPDX-License-Identifier: MIT */
/* plain -- for any machine: eight bytes in a register, the rest one by one. */
#include "lib/plain_twin.h"

#define UNIT(name) swar_##name
#define UNIT_BYTES SWAR_BYTES
#define UNIT_LANE SWAR_LANE
#define UNIT_TARGET
#define UNIT_SMALLER plain_single
#include "lib/plain_loop.inc"

const struct plain_twin plain_swar = { "swar", run, text, escape, line };
