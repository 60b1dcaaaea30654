/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/jwt_check.h"

#include <string.h>

#include "cmd/rx-serve/scope.h"
#include "cmd/rx-serve/token.h"
#include "lib/b64url.h"
#include "lib/conf.h"

#define LATEST_S 1e12 /* in ms it still fits 64 bits */
#define NAME "token" /* in messages that nobody sees */

/* No deeper than a parser that calls itself should go. */
static bool
is_shallow(struct span json)
{
	bool in_text = false;
	int depth = 0;

	for (size_t i = 0; i < json.len; i++) {
		char c = json.at[i];

		if (in_text) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_text = false;
		} else if (c == '"')
			in_text = true;
		else if (c == '{' || c == '[') {
			if (++depth > JWT_DEPTH)
				return false;
		} else if (c == '}' || c == ']')
			depth--;
	}
	return true;
}

/* An object, to be released when true. */
static bool
open_json(struct conf *conf, struct span json)
{
	if (!is_shallow(json))
		return false;
	if (conf_parse(conf, NAME, json) == 0 && conf_is_object(&conf->top))
		return true;
	conf_release(conf);
	return false;
}

static bool
open_segment(struct conf *conf, struct span segment)
{
	struct buf json;
	bool good;

	buf_init(&json);
	good = b64url_decode(&json, segment) == 0 &&
	    open_json(conf, buf_span(&json));
	buf_release(&json);
	return good;
}

static bool
find(const struct conf *conf, const char *name, struct conf_at *member)
{
	for (size_t i = 0; i < conf_count(&conf->top); i++) {
		*member = conf_item(&conf->top, i);
		if (strcmp(member->key, name) == 0)
			return true;
	}
	return false;
}

/* NULL: not there, or no text. */
static const char *
find_text(const struct conf *conf, const char *name)
{
	struct conf_at member;

	return find(conf, name, &member) ? conf_text(&member) : NULL;
}

static bool
cut(struct span *rest, struct span *segment)
{
	const char *dot =
	    rest->len == 0 ? NULL : memchr(rest->at, '.', rest->len);

	if (dot == NULL)
		return false;
	*segment = (struct span){ rest->at, (size_t)(dot - rest->at) };
	*rest = span_skip(*rest, segment->len + 1);
	return true;
}

static bool
is_base64url(struct span segment)
{
	struct buf bytes;
	bool good;

	buf_init(&bytes);
	good = b64url_decode(&bytes, segment) == 0;
	buf_release(&bytes);
	return good;
}

static bool
names_key(const struct conf *header, const struct jwt_key *key)
{
	const char *algorithm = find_text(header, "alg"), *kid, *own;
	struct conf_at member;

	if (algorithm == NULL || strcmp(algorithm, key->algorithm) != 0)
		return false;
	if (!find(header, "kid", &member))
		return true;
	kid = conf_text(&member);
	own = jws_key_id(key->jws);
	return kid != NULL && own != NULL && strcmp(kid, own) == 0;
}

const struct jwt_key *
jwt_signer(const struct jwt_keys *keys, struct span token, struct span *payload)
{
	const struct jwt_key *signer = NULL;
	struct span header, signature = token;
	struct conf_at member;
	struct conf conf;

	if (token.len > JWT_TOKEN_MAX || !cut(&signature, &header) ||
	    !cut(&signature, payload) || signature.len == 0 ||
	    !is_base64url(*payload) || !is_base64url(signature) ||
	    !open_segment(&conf, header))
		return NULL;
	if (!find(&conf, "crit", &member) && !find(&conf, "b64", &member))
		for (size_t i = 0; i < keys->n && signer == NULL; i++)
			if (names_key(&conf, &keys->list[i]) &&
			    jws_signed(
				keys->list[i].jws, header, *payload, signature))
				signer = &keys->list[i];
	conf_release(&conf);
	return signer;
}

/* 1 there, 0 not there, -1 no such time. */
static int
find_time(const struct conf *conf, const char *name, int64_t *seconds)
{
	struct conf_at member;
	double d;

	if (!find(conf, name, &member))
		return 0;
	if (!conf_number(&member, &d) || !(d >= 0 && d < LATEST_S))
		return -1;
	*seconds = (int64_t)d;
	if ((double)*seconds < d) /* the clock it is held to has whole ones */
		++*seconds;
	return 1;
}

static bool
is_timely(
    const struct conf *conf, int64_t now_s, int64_t skew_s, int64_t *until_s)
{
	int64_t from_s = 0, made_s = 0;

	if (find_time(conf, "exp", until_s) <= 0 ||
	    find_time(conf, "nbf", &from_s) < 0 ||
	    find_time(conf, "iat", &made_s) < 0)
		return false;
	*until_s += skew_s;
	return now_s < *until_s && now_s >= from_s - skew_s &&
	    now_s >= made_s - skew_s;
}

bool
jwt_is_timely(struct span json, int64_t now_s, int64_t skew_s, int64_t *until_s)
{
	struct conf conf;
	bool timely;

	if (!open_json(&conf, json))
		return false;
	timely = is_timely(&conf, now_s, skew_s, until_s);
	conf_release(&conf);
	return timely;
}

static bool
is_for(const struct conf *conf, const char *audience)
{
	struct conf_at aud, item;
	const char *text;

	if (!find(conf, "aud", &aud))
		return false;
	if ((text = conf_text(&aud)) != NULL)
		return strcmp(text, audience) == 0;
	for (size_t i = 0; conf_is_array(&aud) && i < conf_count(&aud); i++) {
		item = conf_item(&aud, i);
		if ((text = conf_text(&item)) != NULL &&
		    strcmp(text, audience) == 0)
			return true;
	}
	return false;
}

/* What it is for: no more than its key.  Words of others are passed over. */
static unsigned
narrow(const struct conf *conf, unsigned scopes)
{
	struct conf_at member;
	const char *words;
	unsigned set = 0;
	size_t n;

	if (!find(conf, "scope", &member))
		return scopes;
	if ((words = conf_text(&member)) == NULL)
		return 0;
	for (; *words != '\0'; words += n + strspn(words + n, " ")) {
		n = strcspn(words, " ");
		set |= scope_of((struct span){ words, n });
	}
	return set & scopes;
}

const struct jwt_key *
jwt_check(const struct jwt_keys *keys, struct span token, int64_t now_s,
    struct jwt_claims *claims)
{
	const struct jwt_key *key;
	const char *issuer, *sub;
	struct span payload;
	struct conf conf;

	memset(claims, 0, sizeof(*claims));
	if (keys->n == 0 || (key = jwt_signer(keys, token, &payload)) == NULL ||
	    !open_segment(&conf, payload))
		return NULL;
	issuer = find_text(&conf, "iss");
	if (issuer == NULL || strcmp(issuer, key->issuer) != 0 ||
	    !is_for(&conf, key->audience) ||
	    !is_timely(&conf, now_s, key->skew_s, &claims->until_s))
		key = NULL;
	else {
		claims->scopes = narrow(&conf, key->scopes);
		sub = find_text(&conf, "sub");
		if (sub != NULL && token_is_name(sub))
			strcpy(claims->sub, sub);
	}
	conf_release(&conf);
	return key;
}
