/* SPDX-License-Identifier: MIT */
/*
 * verdict -- what an HTTP answer, or the lack of one, says of what was sent.
 *            The table that rx-ship(1) publishes.
 *
 * OK      the receiver has taken responsibility
 * REJECT  will never succeed, whatever is in it
 * SPLIT   will never succeed, but for what is in it: several records are tried
 *         in halves until the one at fault stands alone
 * REFUSE  this request was refused; others may pass (PROTOCOL.md 11)
 * HOLD    the target serves nobody now: the same request again, later
 * LOST    it may have been carried out: the same request again, later
 * AUTH    a new token, then the same request again
 *
 * word is one of a fixed set, for reasons in outcomes, messages, counters.
 */
#ifndef RX_SHIP_VERDICT_H
#define RX_SHIP_VERDICT_H

#include "cmd/rx-ship/web.h"

enum verdict {
	VERDICT_OK,
	VERDICT_REJECT,
	VERDICT_SPLIT,
	VERDICT_REFUSE,
	VERDICT_HOLD,
	VERDICT_LOST,
	VERDICT_AUTH
};

enum verdict verdict_of(const struct web_call *, const char **word);

#endif
