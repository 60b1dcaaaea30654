/* SPDX-License-Identifier: MIT */
/* What libjose takes and gives is jansson's: here and in lib/conf.c only. */
#include "cmd/rx-serve/jws.h"

#include <stdlib.h>

#ifdef HAVE_LIBJOSE
#include <jansson.h>
#include <jose/jws.h>
#include <jose/openssl.h>

#include "lib/b64url.h"
#include "lib/secret.h"

#define KEY_ID_MAX 128
#define RSA_BYTES 256

static const struct algorithm {
	const char *name, *type;
	const char *curve; /* of EC */
	size_t bytes; /* of oct, at least */
} algorithms[] = {
	{ "HS256", "oct", NULL, 32 },
	{ "HS384", "oct", NULL, 48 },
	{ "HS512", "oct", NULL, 64 },
	{ "RS256", "RSA", NULL, 0 },
	{ "RS384", "RSA", NULL, 0 },
	{ "RS512", "RSA", NULL, 0 },
	{ "PS256", "RSA", NULL, 0 },
	{ "PS384", "RSA", NULL, 0 },
	{ "PS512", "RSA", NULL, 0 },
	{ "ES256", "EC", "P-256", 0 },
	{ "ES384", "EC", "P-384", 0 },
	{ "ES512", "EC", "P-521", 0 },
};

struct jws_key {
	json_t *jwk;
};

static struct span
text_of(const json_t *jwk, const char *member)
{
	const json_t *v = json_object_get(jwk, member);

	return (struct span){ json_string_value(v), json_string_length(v) };
}

/* The bytes of a member in base64url, without zeros in front when it is a
 * number; 0: it is none. */
static size_t
count_bytes(const json_t *jwk, const char *member, bool is_number)
{
	size_t n = 0, zeros = 0;
	struct buf bytes;

	buf_init(&bytes);
	if (b64url_decode(&bytes, text_of(jwk, member)) == 0) {
		while (
		    is_number && zeros < bytes.len && bytes.at[zeros] == '\0')
			zeros++;
		n = bytes.len - zeros;
	}
	secret_release(&bytes);
	return n;
}

/* As OpenSSL sees it: a point on its curve, a modulus that is one. */
static bool
is_usable(const json_t *jwk)
{
	EVP_PKEY *key = jose_openssl_jwk_to_EVP_PKEY(NULL, jwk);
	bool usable = key != NULL;

	EVP_PKEY_free(key);
	return usable;
}

static bool
fits(const json_t *jwk, const char *member, const char *wanted)
{
	return json_object_get(jwk, member) == NULL ||
	    span_is(text_of(jwk, member), wanted);
}

static bool
is_strong_rsa(const json_t *jwk)
{
	return count_bytes(jwk, "n", true) >= RSA_BYTES &&
	    span_is(text_of(jwk, "e"), "AQAB");
}

static const char *
fault(const json_t *jwk, const struct algorithm *a)
{
	size_t kid = text_of(jwk, "kid").len;

	if (!span_is(text_of(jwk, "kty"), a->type))
		return "its kty is not that of the algorithm";
	if (!fits(jwk, "alg", a->name) || !fits(jwk, "use", "sig"))
		return "its alg or use says otherwise";
	if (json_object_get(jwk, "kid") != NULL &&
	    (kid == 0 || kid > KEY_ID_MAX))
		return "its kid is no text of 1 to 128 bytes";
	if (a->bytes > 0)
		return count_bytes(jwk, "k", false) >= a->bytes
		    ? NULL
		    : "its k is too short";
	if (json_object_get(jwk, "d") != NULL)
		return "it is the private key: leave only the public one here";
	if (a->curve == NULL && !is_strong_rsa(jwk))
		return "it is no RSA key of 2048 bits or more with the "
		       "exponent 65537";
	if (a->curve != NULL && !span_is(text_of(jwk, "crv"), a->curve))
		return "its crv is not that of the algorithm";
	return is_usable(jwk) ? NULL : "it is no such key";
}

struct jws_key *
jws_key(struct span text, const char *algorithm, const char **why)
{
	const struct algorithm *a = NULL;
	struct jws_key *key;
	json_t *jwk;

	for (size_t i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++)
		if (span_is(span_of(algorithm), algorithms[i].name))
			a = &algorithms[i];
	if (a == NULL) {
		*why = "no algorithm of HS, RS, PS or ES with 256, 384 or 512";
		return NULL;
	}
	jwk = json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES, NULL);
	*why = json_is_object(jwk) ? fault(jwk, a) : "it is no object";
	/* libjose holds a key to what it says of itself. */
	if (*why != NULL ||
	    json_object_set_new(jwk, "alg", json_string(a->name)) < 0 ||
	    (key = malloc(sizeof(*key))) == NULL) {
		json_decref(jwk);
		return NULL;
	}
	key->jwk = jwk;
	return key;
}

const char *
jws_key_id(const struct jws_key *key)
{
	return json_string_value(json_object_get(key->jwk, "kid"));
}

void
jws_key_free(struct jws_key *key)
{
	if (key != NULL)
		json_decref(key->jwk);
	free(key);
}

bool
jws_signed(const struct jws_key *key, struct span header, struct span payload,
    struct span signature)
{
	json_t *jws = json_pack("{s:s%,s:s%,s:s%}", "protected", header.at,
	    header.len, "payload", payload.at, payload.len, "signature",
	    signature.at, signature.len);
	bool good =
	    jws != NULL && jose_jws_ver(NULL, jws, NULL, key->jwk, false);

	json_decref(jws);
	return good;
}

#else

struct jws_key *
jws_key(struct span jwk, const char *algorithm, const char **why)
{
	(void)jwk, (void)algorithm;
	*why = "this rx-serve was built without libjose";
	return NULL;
}

const char *
jws_key_id(const struct jws_key *key)
{
	(void)key;
	return NULL;
}

void
jws_key_free(struct jws_key *key)
{
	(void)key;
}

bool
jws_signed(const struct jws_key *key, struct span header, struct span payload,
    struct span signature)
{
	(void)key, (void)header, (void)payload, (void)signature;
	return false;
}
#endif
