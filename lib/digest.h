/* SPDX-License-Identifier: MIT */
/*
 * digest -- the hashes and random names of PROTOCOL.md.
 *
 * Shape   digest_hex: the first 16 bytes of SHA-256 in lower-case hex.
 *         digest_b32: the first 16 characters of the lower-case base32 of
 *         SHA-256, no padding.  Both over the parts in order, joined.
 *         digest_nonce: 128 random bits as 22 characters of base64url.
 *         digest_uuid: a random (version 4) UUID.
 * Errors  Random bits come from getrandom(2), which does not fail here; if it
 *         does the process dies with EX_TEMPFAIL: a guessable token is worse.
 * Source  FIPS 180-4 (libmd), RFC 4648 sections 5 and 6, RFC 9562.
 */
#ifndef RX_DIGEST_H
#define RX_DIGEST_H

#include <stddef.h>

#include "lib/span.h"

#define DIGEST_HEX 32
#define DIGEST_B32 16
#define DIGEST_NONCE 22
#define DIGEST_UUID 36

void digest_hex(const struct span *parts, size_t n, char dst[DIGEST_HEX + 1]);
void digest_b32(const struct span *parts, size_t n, char dst[DIGEST_B32 + 1]);
void digest_uuid_of(const struct span *parts, size_t n,
    char dst[DIGEST_UUID + 1]); /* version 8: derived, stable */
void digest_nonce(char dst[DIGEST_NONCE + 1]);
void digest_uuid(char dst[DIGEST_UUID + 1]);

#endif
