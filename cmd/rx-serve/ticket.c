/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/ticket.h"

#include "lib/stop.h"

struct ticket {
	int64_t until_ms; /* 0: unused */
	struct token_hash hash;
	struct grant grant;
};

static struct ticket tickets[2][TICKETS_MAX]; /* by kind */

void
ticket_issue(enum ticket_kind kind, const struct grant *grant,
    char dst[DIGEST_NONCE + 1])
{
	struct ticket *oldest = tickets[kind];
	int64_t life_s = kind == SESSION ? SESSION_S : TICKET_S;

	for (struct ticket *t = oldest; t < tickets[kind] + TICKETS_MAX; t++)
		if (t->until_ms < oldest->until_ms)
			oldest = t;
	digest_nonce(dst);
	oldest->until_ms = stop_now_ms() + life_s * 1000;
	oldest->hash = token_hash((struct span){ dst, DIGEST_NONCE });
	oldest->grant = *grant;
	if (kind == SESSION && oldest->until_ms < grant->until_ms)
		oldest->grant.until_ms = oldest->until_ms;
}

bool
ticket_use(enum ticket_kind kind, struct span secret, struct grant *grant)
{
	struct token_hash hash = token_hash(secret);
	int64_t now_ms = stop_now_ms();
	struct ticket *found = NULL;

	for (size_t i = 0; i < TICKETS_MAX; i++)
		if (token_hash_eq(&tickets[kind][i].hash, &hash))
			found = &tickets[kind][i];
	if (found == NULL || found->until_ms <= now_ms ||
	    found->grant.until_ms <= now_ms)
		return false;
	*grant = found->grant;
	if (kind == TICKET)
		found->until_ms = 0;
	return true;
}
