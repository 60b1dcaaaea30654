/* SPDX-License-Identifier: MIT */
/*
 * jwt -- how long a bearer token says it lives.  For planning only: nothing is
 *        verified and nothing is trusted (the server's 401 decides).
 *
 * Shape   A compact JWS, header.payload.signature, whose payload is a JSON
 *         object with the number exp, and maybe iat: seconds since 1970, a
 *         fraction allowed and cut off.
 * Errors  -1: any other text.  Its life is then unknown, not endless.
 * Limits  JWT_MAX bytes.
 * Source  RFC 7519 sections 2 (NumericDate), 4.1.4, 4.1.6; RFC 7515 section 7.1.
 */
#ifndef RX_JWT_H
#define RX_JWT_H

#include <stdint.h>

#include "lib/span.h"

#define JWT_MAX (64 * 1024)

/* iat: 0 when it does not say. */
int jwt_life(struct span token, int64_t *iat, int64_t *exp);

#endif
