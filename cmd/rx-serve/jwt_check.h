/* SPDX-License-Identifier: MIT */
/*
 * jwt_check -- is this JSON Web Token good, and for what?
 *
 * Order   Size, three segments of canonical base64url, a header that is JSON
 *         of a depth of 8 without a member twice; then the keys of its kid, or
 *         all if it names none, whose one algorithm is that of the header;
 *         the signature; then the claims.
 * Claims  exp needed, nbf and iat if they are there: seconds since 1970, a
 *         fraction rounded up, as RFC 7519 has them, skew allowed; iss is the
 *         issuer of the key, aud its audience or a list that holds it.  scope,
 *         words with blanks between, may narrow what the key is for.
 * Refused crit and b64, whatever they say.  jku, jwk, x5u and x5c choose nothing
 *         and are not looked at.
 * Source  RFC 7515, RFC 7519, RFC 8725; FAULTS.md SEC-13 to SEC-15, X-58.
 */
#ifndef RX_SERVE_JWT_CHECK_H
#define RX_SERVE_JWT_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/rx-serve/jwt_keys.h"
#include "lib/span.h"

#define JWT_TOKEN_MAX (8 * 1024)
#define JWT_DEPTH 8
#define JWT_SUB 64

struct jwt_claims {
	int64_t until_s; /* skew and all */
	unsigned scopes;
	char sub[JWT_SUB + 1]; /* "" when it is no name */
};

/* The key that vouches for it, NULL: it is not good. */
const struct jwt_key *jwt_check(const struct jwt_keys *, struct span token,
    int64_t now_s, struct jwt_claims *);

/* The first half: who signed it.  payload is in base64url. */
const struct jwt_key *jwt_signer(
    const struct jwt_keys *, struct span token, struct span *payload);
/* Of the second: its time; json is the payload. */
bool jwt_is_timely(
    struct span json, int64_t now_s, int64_t skew_s, int64_t *until_s);

#endif
