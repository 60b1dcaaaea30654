/* SPDX-License-Identifier: MIT */
/*
 * jws -- whether a signature was made with a key; the one door to libjose.
 *
 * Shape   A key is a JWK, for one algorithm alone: jws_key() refuses what does
 *         not fit that or is too weak, and a private key, which has no
 *         business here.  jws_signed() takes the three segments of a compact
 *         JWS as they came; their base64url and the algorithm in the header
 *         were checked before.
 * Strong  HMAC keys as long as their hash, 32 bytes or more; RSA of 2048 bits
 *         or more with the exponent 65537; the curve of the algorithm.
 * Limits  Nothing is fetched, and nothing of a token chooses a key.
 * Errors  NULL and why; without libjose always.
 * Source  RFC 7515, RFC 7517, RFC 7518; FAULTS.md SEC-13, SEC-16.
 */
#ifndef RX_SERVE_JWS_H
#define RX_SERVE_JWS_H

#include <stdbool.h>

#include "lib/span.h"

struct jws_key;

/* algorithm: HS, RS, PS or ES with 256, 384 or 512. */
struct jws_key *jws_key(
    struct span jwk, const char *algorithm, const char **why);
const char *jws_key_id(const struct jws_key *); /* kid, NULL: none */
void jws_key_free(struct jws_key *);

bool jws_signed(const struct jws_key *, struct span header, struct span payload,
    struct span signature);

#endif
