/* SPDX-License-Identifier: MIT */
/*
 * token -- the bearer token of a target, kept alive.
 *
 * Sources --token-file    a file, read again whenever it was replaced
 *         --token-cmd     the output of a shell command
 *         --refresh-url   POST with the old token; the answer is a JSON object
 *                         with the new `token', and maybe `expires_at'
 *         A refreshed token goes back into the file, 0600, if there is one.
 * When    A token whose end is known is renewed min(5 min, 20 % of its life)
 *         before it, and one whose end is not known when the target says 401.
 *         One renewal at a time, in all processes that name one file (by a
 *         lock on FILE.lock); not twice within 30 s, or within a fifth of its
 *         life if that is shorter, but never within 1 s, unless a 401 asks.
 * Fails   A failed renewal is tried again with backoff; until then the old
 *         token stays in use.  Messages never hold the token.
 * Shape   Nothing waits.  token_poll() and token_work() from the target's own;
 *         its requests run on the target's web.
 * Clocks  The end is wall clock time; a token that says when it was issued is
 *         measured from when it came, so that a skew between the clocks does
 *         not matter.
 * Errors  token_open: NULL and *why.
 */
#ifndef RX_SHIP_TOKEN_H
#define RX_SHIP_TOKEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "cmd/rx-ship/command.h"
#include "cmd/rx-ship/web.h"
#include "lib/backoff.h"
#include "lib/buf.h"

struct token_source {
	const char *file, *command, *refresh_url;
	char *given; /* as an argument */
	bool no_refresh;
};

enum token_step { TOKEN_IDLE, TOKEN_LOCKED, TOKEN_REFRESHING, TOKEN_RUNNING };

struct token {
	struct buf value; /* empty: none yet */
	uintmax_t version; /* grows with each new one */
	uintmax_t renewals, failures;
	bool failed; /* the last renewal */
	/* private */
	const struct token_source *source;
	struct web *web;
	struct web_call call;
	struct command command;
	struct backoff backoff;
	double early; /* 0 to 1: a fleet was given its tokens at one time */
	struct buf headers, again;
	enum token_step step;
	bool wanted; /* by a 401 */
	int lock; /* descriptor, -1 */
	int64_t expires_ms; /* wall clock, 0: unknown */
	int64_t life_ms;
	int64_t due_ms; /* not before: after a failure, or a renewal */
	int64_t until_ms; /* LOCKED: patience */
	int64_t timeout_ms;
	struct timespec stamp; /* of the file, when read */
	ino_t inode;
	char told[256]; /* the reason that was told last */
};

struct token *token_open(const struct token_source *, struct web *,
    const struct backoff *, int64_t timeout_ms, const char **why);
void token_free(struct token *);

void token_poll(struct token *, int64_t now_ms, int64_t *until_ms);
void token_work(struct token *, int64_t now_ms);

/* Reads the file if it was replaced; true: it held another token. */
bool token_look(struct token *);

/* The target said 401.  token_busy() until the renewal has ended. */
void token_refused(struct token *, int64_t now_ms);
bool token_busy(const struct token *);

/* Gives up a renewal that waits for others, and its lock: one may be begun
 * again later.  Not while token_refreshes(). */
void token_leave(struct token *);

/* "Authorization: Bearer …" and a NUL, when there is a token. */
void token_header(const struct token *, struct buf *headers);

/* A new token is on its way and the old one may be dead: to be waited for. */
bool token_refreshes(const struct token *);

#endif
