/* SPDX-License-Identifier: MIT */
/*
 * serve-jwt -- a token, up to a NUL, and behind it a payload: no token is good,
 * for none was signed; a time that is taken lies ahead.
 */
#include "cmd/rx-serve/jwt_check.h"
#include "t/fuzz/fuzz.h"

#define NOW_S INT64_C(1767607200)

static struct jwt_keys keys = { .n = 1 };

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char jwk[] =
	    "{\"kty\":\"oct\",\"kid\":\"k\",\"k\":\""
	    "b3RoZXIgYnl0ZXMgdGhhbiBhbnlib2R5IGtub3dzISE\"}";
	struct jwt_key *key = &keys.list[0];
	const char *why = NULL;

	(void)argc;
	(void)argv;
	key->algorithm = "HS256";
	key->name = "fuzz";
	key->issuer = "i";
	key->audience = "a";
	key->jws = jws_key(SPAN(jwk), key->algorithm, &why);
	FUZZ_TRUE(key->jws != NULL);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span json = fuzz_copy(data, size), token = fuzz_first(&json);
	struct jwt_claims claims;
	int64_t until_s;

	FUZZ_TRUE(jwt_check(&keys, token, NOW_S, &claims) == NULL);
	if (jwt_is_timely(json, NOW_S, 0, &until_s))
		FUZZ_TRUE(until_s > NOW_S);
	return 0;
}
