/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/rate.h"

#include <string.h>

#include "lib/num.h"
#include "lib/stop.h"

/* What a line costs, and all that can be saved. */
static int64_t
cost(const struct rate *r)
{
	return NUM_S / (int64_t)r->per_s;
}

static int64_t
most(const struct rate *r)
{
	return cost(r) > RATE_BURST_MS * NUM_MS ? cost(r)
						: RATE_BURST_MS * NUM_MS;
}

static void
fill(struct rate *r)
{
	int64_t now = stop_now_ns();

	if (r->filled_ns == 0)
		r->credit_ns = most(r);
	else
		r->credit_ns += now - r->filled_ns;
	if (r->credit_ns > most(r))
		r->credit_ns = most(r);
	r->filled_ns = now;
}

bool
rate_open(struct rate *r)
{
	if (r->per_s == 0)
		return true;
	fill(r);
	return r->credit_ns >= cost(r);
}

int64_t
rate_wait_ms(struct rate *r)
{
	return rate_open(r) ? 0 : (cost(r) - r->credit_ns) / NUM_MS + 1;
}

size_t
rate_cut(struct rate *r, const char *lines, size_t len)
{
	const char *at = lines, *lf;
	size_t left = len;

	if (r->per_s == 0)
		return len;
	while (left > 0 && (lf = memchr(at, '\n', left)) != NULL) {
		if (r->credit_ns < cost(r))
			return (size_t)(at - lines);
		r->credit_ns -= cost(r);
		left -= (size_t)(lf + 1 - at);
		at = lf + 1;
	}
	return len;
}

void
rate_spend(struct rate *r, uint64_t lines)
{
	if (r->per_s > 0)
		r->credit_ns -= (int64_t)lines * cost(r);
}
