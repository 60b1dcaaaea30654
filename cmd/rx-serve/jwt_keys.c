/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/jwt_keys.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/rx-serve/scope.h"
#include "cmd/rx-serve/token.h"
#include "lib/diag.h"
#include "lib/num.h"
#include "lib/secret.h"

struct draft {
	const char *name, *algorithm, *issuer, *audience;
	struct conf_at scopes, jwk;
	int64_t skew_ns;
};

static const struct conf_member members[] = {
	CONF_NEED("name", CONF_TEXT, offsetof(struct draft, name)),
	CONF_NEED("algorithm", CONF_TEXT, offsetof(struct draft, algorithm)),
	CONF_NEED("issuer", CONF_TEXT, offsetof(struct draft, issuer)),
	CONF_NEED("audience", CONF_TEXT, offsetof(struct draft, audience)),
	CONF_NEED("scopes", CONF_ANY, offsetof(struct draft, scopes)),
	CONF_NEED("jwk", CONF_ANY, offsetof(struct draft, jwk)),
	CONF_RANGE("skew", CONF_DURATION, offsetof(struct draft, skew_ns), 0,
	    JWT_SKEW_MAX_S),
	CONF_END,
};

static char *
copy(const char *text)
{
	return or_die(strdup(text));
}

/* Its jws, and the id of the whole of it. */
static int
read_jwk(struct jwt_key *key, const struct conf_at *at, const struct draft *d)
{
	const char *why = NULL;
	struct buf text;

	buf_init(&text);
	conf_render(&d->jwk, &text);
	key->jws = jws_key(buf_span(&text), d->algorithm, &why);
	secret_release(&text);
	if (key->jws == NULL)
		return conf_error(
		    &d->jwk, "%s", why == NULL ? "out of memory" : why);
	conf_render(at, &text);
	key->id = token_hash(buf_span(&text));
	secret_release(&text);
	return 0;
}

static int
read_key(struct jwt_keys *keys, const struct conf_at *at)
{
	struct jwt_key *key = &keys->list[keys->n];
	struct draft d = { 0 };

	if (conf_fill(at, members, &d) < 0 ||
	    scope_read(&d.scopes, &key->scopes) < 0)
		return -1;
	if (!token_is_name(d.name))
		return conf_error(at, TOKEN_NAME_RULE, TOKEN_NAME);
	for (size_t i = 0; i < keys->n; i++)
		if (strcmp(keys->list[i].name, d.name) == 0)
			return conf_error(at, "this name came before");
	if (read_jwk(key, at, &d) < 0)
		return -1;
	key->name = copy(d.name);
	key->algorithm = copy(d.algorithm);
	key->issuer = copy(d.issuer);
	key->audience = copy(d.audience);
	key->skew_s = d.skew_ns / NUM_S;
	keys->n++;
	return 0;
}

int
jwt_keys_read(struct jwt_keys *keys, const struct conf_at *list)
{
	size_t n = conf_is_array(list) ? conf_count(list) : JWT_KEYS + 1;

	if (n > JWT_KEYS)
		return conf_error(list, "a list of at most %d keys", JWT_KEYS);
	for (size_t i = 0; i < n; i++) {
		struct conf_at item = conf_item(list, i);

		if (read_key(keys, &item) < 0)
			return -1;
	}
	return 0;
}

bool
jwt_keys_have(const struct jwt_keys *keys, const struct token_hash *id)
{
	for (size_t i = 0; i < keys->n; i++)
		if (token_hash_eq(&keys->list[i].id, id))
			return true;
	return false;
}

void
jwt_keys_release(struct jwt_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++) {
		struct jwt_key *key = &keys->list[i];

		jws_key_free(key->jws);
		free(key->name);
		free(key->algorithm);
		free(key->issuer);
		free(key->audience);
	}
	memset(keys, 0, sizeof(*keys));
}
