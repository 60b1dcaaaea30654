/* SPDX-License-Identifier: MIT */
/*
 * token_part -- what token.c, which holds the token, and token_renew.c, which
 *               renews it, have in common.  For no one else.
 */
#ifndef RX_SHIP_TOKEN_PART_H
#define RX_SHIP_TOKEN_PART_H

#include <stdint.h>

#include "cmd/rx-ship/token.h"
#include "lib/span.h"

int64_t token_wall_ms(void);

/* A new token, and when it ends by its giver (0: not said); -1 and *why. */
int token_take(
    struct token *, struct span text, int64_t expires_at_ms, const char **why);

void token_unlock(struct token *);

#endif
