/* SPDX-License-Identifier: MIT */
/*
 * serve-jwt -- cases of JSON Web Tokens, one a line as data/jwt/cases.ndjson
 * has them, to "ID valid" or "ID invalid"; "ID refused WHY" for a key that
 * rx-serve would not take.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-serve/jwt_check.h"
#include "lib/b64url.h"
#include "lib/conf.h"
#include "lib/diag.h"

struct sample {
	const char *id, *source, *expect;
	struct conf_at token, key, algs, now, why;
};

static const struct conf_member members[] = {
	CONF_NEED("id", CONF_TEXT, offsetof(struct sample, id)),
	CONF_NEED("source", CONF_TEXT, offsetof(struct sample, source)),
	CONF_NEED("token", CONF_ANY, offsetof(struct sample, token)),
	CONF_NEED("key", CONF_ANY, offsetof(struct sample, key)),
	CONF_NEED("algs", CONF_ANY, offsetof(struct sample, algs)),
	CONF_NEED("now", CONF_ANY, offsetof(struct sample, now)),
	CONF_NEED("expect", CONF_TEXT, offsetof(struct sample, expect)),
	CONF_NEED("why", CONF_ANY, offsetof(struct sample, why)),
	CONF_END,
};

static bool
is_good(const struct jwt_keys *keys, const struct sample *c)
{
	struct span payload;
	struct buf json;
	int64_t until_s;
	double now;
	bool good =
	    jwt_signer(keys, span_of(conf_text(&c->token)), &payload) != NULL;

	buf_init(&json);
	if (good && conf_number(&c->now, &now))
		good = b64url_decode(&json, payload) == 0 &&
		    jwt_is_timely(buf_span(&json), (int64_t)now, 0, &until_s);
	buf_release(&json);
	return good;
}

static void
run(const struct sample *c)
{
	const char *verdict = "invalid", *why = "";
	struct jwt_keys keys = { .n = 1 };
	struct jwt_key *key = &keys.list[0];
	struct buf jwk;

	buf_init(&jwk);
	conf_render(&c->key, &jwk);
	for (size_t i = 0; i < conf_count(&c->algs); i++) {
		struct conf_at algorithm = conf_item(&c->algs, i);

		key->algorithm = (char *)(uintptr_t)conf_text(&algorithm);
		key->jws = jws_key(buf_span(&jwk), key->algorithm, &why);
		if (key->jws == NULL)
			verdict = "refused";
		else if (is_good(&keys, c))
			verdict = "valid";
		jws_key_free(key->jws);
	}
	printf("%s %s %s\n", c->id, verdict,
	    strcmp(verdict, "refused") == 0 ? why : "");
	buf_release(&jwk);
}

int
main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	diag_init("serve-jwt");
	while ((n = getline(&line, &size, stdin)) > 0) {
		struct sample c = { 0 };
		struct conf conf;

		if (conf_parse(
			&conf, "case", (struct span){ line, (size_t)n }) < 0 ||
		    conf_fill(&conf.top, members, &c) < 0)
			die(EX_DATAERR, "%s", conf.why);
		run(&c);
		conf_release(&conf);
	}
	free(line);
	return 0;
}
