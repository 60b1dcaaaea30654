/* SPDX-License-Identifier: MIT */
/*
 * token -- the tokens that may be shown to rx-serve, from the file of --auth.
 *
 * Shape   {"tokens":[{"name":"ops","sha256":"9f86…","scopes":["read",
 *         "control"],"expires":"2027-01-01T00:00:00Z"}],"keys":[…]}; expires,
 *         and one of the lists, may be left out.  The file holds hashes: who
 *         reads it cannot use them.  The keys are jwt_keys.h.
 * Rules   The file is one of lib/secret.h: a regular file of ours, closed to
 *         others.  Names and hashes come once.
 * Limits  TOKENS_MAX tokens, names of TOKEN_NAME bytes of letters, digits and
 *         "._-@", for they get into messages.
 * Time    tokens_find() looks at every token whatever it finds, and compares
 *         hashes by token_hash_eq(), so how long it takes tells nothing.
 * Owner   The struct owns its list until tokens_release().
 * Errors  -1, and why: file:line:column: reason.
 * Source  RFC 6750.
 */
#ifndef RX_SERVE_TOKEN_H
#define RX_SERVE_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-serve/jwt_keys.h"
#include "cmd/rx-serve/token_hash.h"
#include "lib/conf.h"
#include "lib/span.h"

#define TOKENS_MAX 256
#define TOKEN_NAME 64
#define TOKEN_NAME_RULE "a name is up to %d letters, digits, and any of ._-@"

struct token {
	char name[TOKEN_NAME + 1];
	struct token_hash hash;
	unsigned scopes;
	int64_t until_ns; /* wall clock; INT64_MAX: for ever */
};

struct tokens {
	struct token *list;
	size_t n;
	struct jwt_keys keys; /* of tokens that others issue */
};

int tokens_read(struct tokens *, const char *path, char why[CONF_WHY]);
void tokens_release(struct tokens *);

bool token_is_name(const char *);

/* The token with this hash that has not expired, NULL: none. */
const struct token *tokens_find(
    const struct tokens *, const struct token_hash *);

#endif
