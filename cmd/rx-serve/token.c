/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-serve/scope.h"
#include "lib/ascii.h"
#include "lib/diag.h"
#include "lib/rtime.h"
#include "lib/secret.h"

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

struct lists {
	struct conf_at tokens, keys;
};

static const struct conf_member file_members[] = {
	CONF_ROW("tokens", CONF_ANY, offsetof(struct lists, tokens)),
	CONF_ROW("keys", CONF_ANY, offsetof(struct lists, keys)),
	CONF_END,
};

bool
token_is_name(const char *name)
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
read_token(const struct conf_at *at, struct tokens *t)
{
	struct draft d = { 0 };
	struct token *token = &t->list[t->n];
	struct rtime_found until;

	if (conf_fill(at, token_members, &d) < 0)
		return -1;
	if (!token_is_name(d.name))
		return conf_error(at, TOKEN_NAME_RULE, TOKEN_NAME);
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
	return scope_read(&d.scopes, &token->scopes);
}

static int
read_list(struct tokens *t, const struct conf_at *list)
{
	if (!conf_is_array(list) || conf_count(list) > TOKENS_MAX)
		return conf_error(
		    list, "a list of at most %d tokens", TOKENS_MAX);
	t->list = calloc(conf_count(list) + 1, sizeof(*t->list));
	if (t->list == NULL)
		die(EX_TEMPFAIL, "out of memory");
	for (; t->n < conf_count(list); t->n++) {
		struct conf_at item = conf_item(list, t->n);

		if (read_token(&item, t) < 0)
			return -1;
	}
	return 0;
}

static int
read_lists(struct conf *conf, struct tokens *t)
{
	struct lists lists = { 0 };

	if (conf_fill(&conf->top, file_members, &lists) < 0)
		return -1;
	if (lists.tokens.conf == NULL && lists.keys.conf == NULL)
		return conf_error(&conf->top, "neither tokens nor keys");
	if (lists.tokens.conf != NULL && read_list(t, &lists.tokens) < 0)
		return -1;
	return lists.keys.conf == NULL ? 0
				       : jwt_keys_read(&t->keys, &lists.keys);
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
	if (error == 0 && (error = read_lists(&conf, t)) < 0)
		tokens_release(t);
	memcpy(why, conf.why, CONF_WHY);
	conf_release(&conf);
	return error;
}

void
tokens_release(struct tokens *t)
{
	free(t->list);
	jwt_keys_release(&t->keys);
	*t = (struct tokens){ 0 };
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
