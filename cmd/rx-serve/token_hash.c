/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/token_hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "lib/diag.h"

struct token_hash
token_hash(struct span secret)
{
	struct token_hash hash;

	if (EVP_Digest(secret.at, secret.len, hash.bytes, NULL, EVP_sha256(),
		NULL) != 1)
		die(EX_TEMPFAIL, "unable to hash");
	return hash;
}

bool
token_hash_eq(const struct token_hash *a, const struct token_hash *b)
{
	return CRYPTO_memcmp(a->bytes, b->bytes, TOKEN_HASH) == 0;
}
