/* SPDX-License-Identifier: MIT */
/*
 * auth -- may this request be made, and in whose name?
 *
 * Order   A credential that is shown must be right: Authorization: Bearer T or
 *         X-API-Key: T, never both, never in a URL.  It is a token of the
 *         file, a session, or a JSON Web Token (jwt_check.h).  Without one the other
 *         end may be root's or our own process (SEC-19).  Without a file of
 *         tokens --insecure lets anybody in.
 * Answers 0, or the status to refuse with, and the same words for each reason:
 *         401 unknown, 403 known and not allowed, 429 guessed too often.
 * Limits  AUTH_FAILURES wrong credentials a minute from a party (address.h); a
 *         right one is taken meanwhile.
 * Reload  auth_reload() reads the file again and keeps the old tokens when it
 *         is wrong.  auth_holds() tells whether a grant still stands, for
 *         streams that are open (SEC-18).
 * Source  RFC 6750; FAULTS.md SEC-03, SEC-06, SEC-10, SEC-12.
 */
#ifndef RX_SERVE_AUTH_H
#define RX_SERVE_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/rx-serve/access.h"
#include "cmd/rx-serve/request.h"
#include "cmd/rx-serve/scope.h"
#include "cmd/rx-serve/ticket.h"
#include "cmd/rx-serve/token.h"

#define AUTH_FAILURES 10

/* Dies with EX_CONFIG when the file is wrong.  path NULL: no tokens. */
void auth_init(const char *path, bool insecure);
void auth_reload(void);

int auth_judge(const struct request *, struct access_end *, unsigned scope,
    struct grant *, unsigned *retry_s);

/* The same for Authorization: Ticket T, which makes a session. */
int auth_ticket(const struct request *, const struct access_end *,
    struct grant *, unsigned *retry_s);

/* For a stream: the ticket among the protocols a browser offers, if any. */
int auth_stream(const struct request *, struct access_end *, struct grant *,
    unsigned *retry_s);

bool auth_holds(struct grant *, unsigned scope);

#endif
