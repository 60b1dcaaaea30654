/* SPDX-License-Identifier: MIT */
/*
 * ticket -- what a browser shows in place of a token.
 *
 * Ticket  Opens one stream, or one session, within TICKET_S of being asked
 *         for.  A browser cannot send a header with a WebSocket, and a ticket
 *         that was used or is old is worth nothing to who finds it.
 * Session What a link gives a page: a token that is known to this process
 *         only, for SESSION_S.
 * Shape   128 random bits of digest_nonce(); kept as their hash.  What one may
 *         do is the grant it was asked for with, and ends with that.
 * Limits  TICKETS_MAX each; the one that ends first makes room.
 */
#ifndef RX_SERVE_TICKET_H
#define RX_SERVE_TICKET_H

#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-serve/token.h"
#include "lib/digest.h"
#include "lib/span.h"

#define TICKET_S 30
#define SESSION_S (12 * 3600)
#define TICKETS_MAX 256

/* By what right somebody asks. */
struct grant {
	unsigned scopes;
	enum {
		GRANT_PEER, /* the uid of the other end (SEC-19) */
		GRANT_ANYBODY, /* --insecure without tokens */
		GRANT_TOKEN,
		GRANT_JWT
	} by;
	struct token_hash hash; /* of the token, or the id of its key */
	char name[2 * TOKEN_NAME + 2]; /* for messages */
	int64_t until_ms; /* stop_now_ms(); INT64_MAX: no end of its own */
};

enum ticket_kind { TICKET, SESSION };

void ticket_issue(
    enum ticket_kind, const struct grant *, char dst[DIGEST_NONCE + 1]);
/* false: there is none such, or not any more. */
bool ticket_use(enum ticket_kind, struct span secret, struct grant *);

#endif
