/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/auth.h"

#include <stdio.h>
#include <strings.h>
#include <time.h>

#include "cmd/rx-serve/address.h"
#include "cmd/rx-serve/jwt_check.h"
#include "cmd/rx-serve/limit.h"
#include "lib/diag.h"
#include "lib/stop.h"

#define TICKET_PREFIX "ticket."

static struct {
	const char *path;
	bool insecure;
	struct tokens tokens;
	struct limit failures;
	struct diag_rate told;
} auth;

void
auth_init(const char *path, bool insecure)
{
	char why[CONF_WHY];

	auth.path = path;
	auth.insecure = insecure;
	limit_init(&auth.failures, AUTH_FAILURES);
	if (path != NULL && tokens_read(&auth.tokens, path, why) < 0)
		die(EX_CONFIG, "%s", why);
}

void
auth_reload(void)
{
	struct tokens fresh;
	char why[CONF_WHY];

	if (auth.path == NULL)
		return;
	if (tokens_read(&fresh, auth.path, why) < 0) {
		warn("the old tokens stay: %s", why);
		return;
	}
	tokens_release(&auth.tokens);
	auth.tokens = fresh;
	info("%zu tokens from %s", fresh.n, auth.path);
}

static int
refuse_guess(int fd, unsigned *retry_s)
{
	struct address peer = address_peer(fd);
	struct address party = address_party(&peer);

	warn_every(&auth.told, "auth_failed: a wrong credential was shown");
	*retry_s = limit_take(&auth.failures,
	    (struct span){ (char *)party.bytes, sizeof(party.bytes) }, 1);
	return *retry_s > 0 ? 429 : 401;
}

/* What follows the scheme; false: it is another one. */
static bool
of_scheme(struct span field, const char *scheme, struct span *secret)
{
	size_t len = strlen(scheme);

	if (field.len <= len || field.at[len] != ' ' ||
	    strncasecmp(field.at, scheme, len) != 0)
		return false;
	*secret = span_skip(field, len + 1);
	return secret->len > 0;
}

static void
grant_to(struct grant *g, const struct token *t)
{
	*g = (struct grant){ .scopes = t->scopes,
		.by = GRANT_TOKEN,
		.hash = t->hash,
		.until_ms = INT64_MAX };
	strcpy(g->name, t->name);
}

static bool
find_jwt(struct span secret, struct grant *g)
{
	int64_t now_s = (int64_t)time(NULL);
	struct jwt_claims claims;
	const struct jwt_key *key =
	    jwt_check(&auth.tokens.keys, secret, now_s, &claims);

	if (key == NULL)
		return false;
	*g = (struct grant){ .scopes = claims.scopes,
		.by = GRANT_JWT,
		.hash = key->id,
		.until_ms = stop_now_ms() + (claims.until_s - now_s) * 1000 };
	snprintf(g->name, sizeof(g->name), "%s%s%s", key->name,
	    claims.sub[0] == '\0' ? "" : "/", claims.sub);
	return true;
}

static bool
find(struct span secret, struct grant *g)
{
	struct token_hash hash;
	const struct token *t;

	if (secret.len == 0)
		return false;
	hash = token_hash(secret);
	t = tokens_find(&auth.tokens, &hash);
	if (t != NULL)
		grant_to(g, t);
	return t != NULL || ticket_use(SESSION, secret, g) ||
	    find_jwt(secret, g);
}

static bool
without_credential(struct access_end *end, struct grant *g)
{
	*g = (struct grant){ .scopes = SCOPE_ALL, .until_ms = INT64_MAX };
	if (access_peer(end)) {
		g->by = GRANT_PEER;
		strcpy(g->name, "peer");
		return true;
	}
	g->by = GRANT_ANYBODY;
	strcpy(g->name, "anybody");
	return auth.insecure && auth.path == NULL;
}

static int
check_scope(struct grant *g, unsigned scope)
{
	if (!auth_holds(g, 0))
		return 401;
	return (g->scopes & scope) == scope ? 0 : 403;
}

int
auth_judge(const struct request *r, struct access_end *end, unsigned scope,
    struct grant *g, unsigned *retry_s)
{
	struct span secret = r->api_key;

	*retry_s = 0;
	if (!r->has_authorization && !r->has_api_key)
		return without_credential(end, g) ? check_scope(g, scope) : 401;
	if ((r->has_authorization && r->has_api_key) ||
	    (r->has_authorization &&
		!of_scheme(r->authorization, "Bearer", &secret)) ||
	    !find(secret, g))
		return refuse_guess(end->fd, retry_s);
	return check_scope(g, scope);
}

int
auth_ticket(const struct request *r, const struct access_end *end,
    struct grant *g, unsigned *retry_s)
{
	struct span secret;

	*retry_s = 0;
	if (!r->has_authorization)
		return 401;
	if (r->has_api_key || !of_scheme(r->authorization, "Ticket", &secret) ||
	    !ticket_use(TICKET, secret, g))
		return refuse_guess(end->fd, retry_s);
	return check_scope(g, SCOPE_READ);
}

int
auth_stream(const struct request *r, struct access_end *end, struct grant *g,
    unsigned *retry_s)
{
	struct span rest = r->ws_protocol;

	while (rest.len > 0) {
		struct span item = request_item(&rest);

		if (!span_starts(item, SPAN(TICKET_PREFIX)))
			continue;
		*retry_s = 0;
		if (!ticket_use(
			TICKET, span_skip(item, strlen(TICKET_PREFIX)), g))
			return refuse_guess(end->fd, retry_s);
		return check_scope(g, SCOPE_READ);
	}
	return auth_judge(r, end, SCOPE_READ, g, retry_s);
}

bool
auth_holds(struct grant *g, unsigned scope)
{
	const struct token *t;

	if (g->until_ms <= stop_now_ms())
		return false;
	if (g->by == GRANT_TOKEN) {
		if ((t = tokens_find(&auth.tokens, &g->hash)) == NULL)
			return false;
		g->scopes &= t->scopes; /* they may be fewer by now */
	}
	if (g->by == GRANT_JWT && !jwt_keys_have(&auth.tokens.keys, &g->hash))
		return false;
	return (g->scopes & scope) == scope;
}
