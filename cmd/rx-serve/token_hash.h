/* SPDX-License-Identifier: MIT */
/*
 * token_hash -- a secret by its SHA-256, which is all that is kept of one.
 *
 * Time    token_hash_eq() is CRYPTO_memcmp(3) over all of both: how long it
 *         takes tells nothing of where they differ (SEC-12, X-52).
 * Errors  die() when libcrypto cannot hash.
 * Source  FIPS 180-4.
 */
#ifndef RX_SERVE_TOKEN_HASH_H
#define RX_SERVE_TOKEN_HASH_H

#include <stdbool.h>

#include "lib/span.h"

#define TOKEN_HASH 32

struct token_hash {
	unsigned char bytes[TOKEN_HASH];
};

struct token_hash token_hash(struct span secret);
bool token_hash_eq(const struct token_hash *, const struct token_hash *);

#endif
