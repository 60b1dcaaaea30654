#include "cmd/rx-serve/token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ascii.h"
#include "lib/diag.h"
#include "lib/rtime.h"
#include "lib/secret.h"

static const struct {
	const char *name;
	enum scope scope;
} scopes[] = {
	{ "read", SCOPE_READ },
	{ "control", SCOPE_CONTROL },
	{ "ingest", SCOPE_INGEST },
	{ "files", SCOPE_FILES },
};
#define N_SCOPES (sizeof(scopes) / sizeof(*scopes))

struct draft {
	const char *name, *hash, *expires;
	struct conf_at scopes;
};

static const struct conf_member token_members[] = {
	CONF_NEED("name", CONF_TEXT, offsetof(struct draft, name)),
	CONF_NEED("sha256", CONF_TEXT, offsetof(struct draft, hash)),
	CONF_NEED("scopes", CONF_ANY, offsetof(struct draft, scopes)),
	CONF_ROW("expires", CONF_TEXT, offsetof(struct draft, expires)),
	CONF_END,
};

static const struct conf_member file_members[] = {
	CONF_NEED("tokens", CONF_ANY, 0),
	CONF_END,
};

static bool
is_name(const char *name)
{
	if (strlen(name) > TOKEN_NAME)
		return false;
	for (; *name != '\0'; name++)
		if (!is_letter(*name) && !is_digit(*name) &&
		    strchr("._-@", *name) == NULL)
			return false;
	return true;
}

static bool
read_hash(const char *hex, struct token_hash *hash)
{
	if (strlen(hex) != 2 * (size_t)TOKEN_HASH)
		return false;
	for (size_t i = 0; i < TOKEN_HASH; i++) {
		int high = hex_value(hex[2 * i]);
		int low = hex_value(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		hash->bytes[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static int
read_scopes(const struct conf_at *at, unsigned *set)
{
	size_t s, n = conf_is_array(at) ? conf_count(at) : 0;

	for (size_t i = 0; i < n; i++) {
		struct conf_at item = conf_item(at, i);
		const char *name = conf_text(&item);

		for (s = 0; s < N_SCOPES; s++)
			if (name != NULL && strcmp(name, scopes[s].name) == 0)
				break;
		if (s == N_SCOPES)
			return conf_error(
			    &item, "a scope is read, control, ingest or files");
		*set |= scopes[s].scope;
	}
	return n > 0 ? 0 : conf_error(at, "a list of scopes, one at least");
}

static int
read_token(const struct conf_at *at, struct tokens *t)
{
	struct draft d = { 0 };
	struct token *token = &t->list[t->n];
	struct rtime_found until;

	if (conf_fill(at, token_members, &d) < 0)
		return -1;
	if (!is_name(d.name))
		return conf_error(at,
		    "a name is up to %d letters, digits, and any of ._-@",
		    TOKEN_NAME);
	strcpy(token->name, d.name);
	if (!read_hash(d.hash, &token->hash))
		return conf_error(at, "sha256 is 64 hexadecimal digits");
	token->until_ns = INT64_MAX;
	if (d.expires != NULL) {
		if (rtime_parse(span_of(d.expires), &until) < 0)
			return conf_error(
			    at, "expires is a time as 2027-01-01T00:00:00Z");
		token->until_ns = until.ns;
	}
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->list[i].name, token->name) == 0 ||
		    token_hash_eq(&t->list[i].hash, &token->hash))
			return conf_error(at, "this name or hash came before");
	return read_scopes(&d.scopes, &token->scopes);
}

static int
read_list(struct conf *conf, struct tokens *t)
{
	struct conf_at list;

	if (conf_fill(&conf->top, file_members, &list) < 0)
		return -1;
	if (!conf_is_array(&list) || conf_count(&list) > TOKENS_MAX)
		return conf_error(
		    &list, "a list of at most %d tokens", TOKENS_MAX);
	t->list = calloc(conf_count(&list) + 1, sizeof(*t->list));
	if (t->list == NULL)
		return conf_error(&list, "out of memory");
	for (; t->n < conf_count(&list); t->n++) {
		struct conf_at item = conf_item(&list, t->n);

		if (read_token(&item, t) < 0)
			return -1;
	}
	return 0;
}

int
tokens_read(struct tokens *t, const char *path, char why[CONF_WHY])
{
	struct conf conf;
	struct buf text;
	const char *reason;
	int error;

	*t = (struct tokens){ 0 };
	buf_init(&text);
	if (secret_read_all(path, &text, &reason) < 0) {
		snprintf(why, CONF_WHY, "%s %s", path, reason);
		return -1;
	}
	error = conf_parse(&conf, path, buf_span(&text));
	secret_release(&text);
	if (error == 0 && (error = read_list(&conf, t)) < 0)
		tokens_release(t);
	memcpy(why, conf.why, CONF_WHY);
	conf_release(&conf);
	return error;
}

void
tokens_release(struct tokens *t)
{
	free(t->list);
	*t = (struct tokens){ 0 };
}

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

const struct token *
tokens_find(const struct tokens *t, const struct token_hash *hash)
{
	const struct token *found = NULL;

	for (size_t i = 0; i < t->n; i++)
		if (token_hash_eq(&t->list[i].hash, hash))
			found = &t->list[i];
	if (found != NULL && found->until_ns <= rtime_now_ns())
		return NULL;
	return found;
}
