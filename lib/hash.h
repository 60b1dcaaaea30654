/* SPDX-License-Identifier: MIT */
/*
 * hash -- 64 bits for any bytes, quickly.
 *
 * Shape   The same bytes and seed give the same number on every machine.  The
 *         result may be the seed of the next part.
 * Limits  Against an adversary only as good as the seed is secret
 *         (hash_seed()); a set of n keys shares numbers with a chance of about
 *         n^2 / 2^65.
 * Source  Multiply and fold, 16 bytes a step, as Wang Yi's wyhash does.
 */
#ifndef RX_HASH_H
#define RX_HASH_H

#include <stdint.h>

#include "lib/span.h"

uint64_t hash_bytes(uint64_t seed, struct span);
uint64_t hash_seed(void); /* random */

#endif
