/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/verdict.h"

static const struct row {
	unsigned from, to;
	enum verdict verdict;
	const char *word;
} statuses[] = {
	{ 200, 259, VERDICT_OK, "ok" },
	/* Loki's word for "the operator does not want it". */
	{ 260, 260, VERDICT_REJECT, "blocked" },
	{ 261, 299, VERDICT_OK, "ok" },
	{ 300, 399, VERDICT_HOLD, "redirected" },
	{ 400, 400, VERDICT_SPLIT, "bad_request" },
	{ 401, 401, VERDICT_AUTH, "auth" },
	{ 403, 403, VERDICT_REFUSE, "forbidden" },
	{ 404, 404, VERDICT_REJECT, "not_found" },
	{ 407, 407, VERDICT_HOLD, "proxy_auth" },
	{ 408, 408, VERDICT_HOLD, "timeout" },
	{ 413, 413, VERDICT_SPLIT, "too_large" },
	{ 421, 421, VERDICT_HOLD, "unavailable" },
	{ 422, 422, VERDICT_SPLIT, "invalid" },
	{ 425, 425, VERDICT_HOLD, "unavailable" },
	{ 429, 429, VERDICT_HOLD, "rate_limited" },
	{ 400, 499, VERDICT_REJECT, "client_error" },
	{ 502, 504, VERDICT_HOLD, "unavailable" },
	{ 500, 599, VERDICT_REFUSE, "server_error" },
};

static const struct {
	enum verdict verdict;
	const char *word;
} ends[] = {
	[WEB_NOT_REACHED] = { VERDICT_HOLD, "connection_error" },
	[WEB_NOT_TRUSTED] = { VERDICT_HOLD, "tls_error" },
	[WEB_LATE_TO_CONNECT] = { VERDICT_HOLD, "timeout" },
	[WEB_LATE] = { VERDICT_LOST, "timeout" },
	[WEB_LOST] = { VERDICT_LOST, "connection_lost" },
	[WEB_GARBLED] = { VERDICT_LOST, "bad_answer" },
};

enum verdict
verdict_of(const struct web_call *c, const char **word)
{
	if (c->end != WEB_ANSWERED) {
		*word = ends[c->end].word;
		return ends[c->end].verdict;
	}
	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
		const struct row *r = &statuses[i];

		if (c->status >= r->from && c->status <= r->to) {
			*word = r->word;
			return r->verdict;
		}
	}
	*word = "bad_answer";
	return VERDICT_HOLD;
}
