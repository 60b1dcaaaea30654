/* SPDX-License-Identifier: MIT */
/*
 * jwt_keys -- the keys that JSON Web Tokens may be signed with, from the file
 *             of --auth.
 *
 * Shape   "keys":[{"name":"sso","algorithm":"RS256","issuer":"https://…",
 *         "audience":"rx","scopes":["read"],"skew":"30s","jwk":{…}}]; skew may
 *         be left out and is then none.
 * Limits  JWT_KEYS keys; skew up to JWT_SKEW_MAX_S seconds.
 * Owner   The struct owns its list until jwt_keys_release().
 * Errors  -1: conf_error() has told why.
 * Source  RFC 7517; FAULTS.md SEC-13, SEC-14, SEC-16.
 */
#ifndef RX_SERVE_JWT_KEYS_H
#define RX_SERVE_JWT_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-serve/jws.h"
#include "cmd/rx-serve/token_hash.h"
#include "lib/conf.h"

#define JWT_KEYS 16
#define JWT_SKEW_MAX_S 60

struct jwt_key {
	char *name, *algorithm, *issuer, *audience;
	unsigned scopes;
	int64_t skew_s;
	struct jws_key *jws;
	struct token_hash id; /* of all it says: another is another key */
};

struct jwt_keys {
	struct jwt_key list[JWT_KEYS];
	size_t n;
};

int jwt_keys_read(struct jwt_keys *, const struct conf_at *list);
bool jwt_keys_have(const struct jwt_keys *, const struct token_hash *id);
void jwt_keys_release(struct jwt_keys *);

#endif
