/* SPDX-License-Identifier: MIT */
/*
 * The Idempotency-Key.  For a batch of small records the digest of their ids
 * is the dearest part of all; libcrypto, which TLS brings along, has it from
 * the processor where that can do it.
 */
#include <openssl/evp.h>
#include <string.h>

#include "cmd/rx-ship/request.h"
#include "lib/digest.h"

/* What is hashed at once: a call for each id would cost more than the hash. */
#define GATHERED 4096

/* Of the ids, joined: what digest_hex() says of them. */
static int
put_digest(struct request *r)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char sum[EVP_MAX_MD_SIZE];
	char gathered[GATHERED];
	size_t n = 0;
	bool ok;

	ok = context != NULL &&
	    EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
	for (size_t i = 0; ok && i < r->n; i++) {
		struct span id = r->messages[i]->name;

		if (id.len > sizeof(gathered) - n) {
			ok = EVP_DigestUpdate(context, gathered, n) == 1;
			n = 0;
		}
		memcpy(gathered + n, id.at, id.len);
		n += id.len;
	}
	ok = ok && EVP_DigestUpdate(context, gathered, n) == 1 &&
	    EVP_DigestFinal_ex(context, sum, NULL) == 1;
	EVP_MD_CTX_free(context);
	for (size_t i = 0; ok && i < DIGEST_HEX / 2; i++)
		buf_addf(&r->headers, "%02x", sum[i]);
	return ok ? 0 : -1;
}

static bool
fits_header(struct span id)
{
	for (size_t i = 0; i < id.len; i++)
		if (id.at[i] <= ' ' || id.at[i] > '~')
			return false;
	return id.len > 0;
}

int
request_add_key(struct request *r)
{
	struct span id = r->messages[0]->name;

	buf_adds(&r->headers, "Idempotency-Key: ");
	if (r->n == 1 && fits_header(id))
		buf_add(&r->headers, id);
	else if (put_digest(r) < 0)
		return -1;
	buf_addc(&r->headers, '\0');
	return 0;
}
