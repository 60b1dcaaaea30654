/* SPDX-License-Identifier: MIT */
#include "cmd/rx-metrics/pace.h"

#include "lib/ascii.h"
#include "lib/digest.h"
#include "lib/num.h"
#include "lib/rtime.h"
#include "lib/stop.h"

double
pace_phase(const char *node_id)
{
	struct span part = span_of(node_id);
	char hex[DIGEST_HEX + 1];
	uint32_t v = 0;
	int i;

	digest_hex(&part, 1, hex);
	for (i = 0; i < 8; i++)
		v = v << 4 | (uint32_t)hex_value(hex[i]);
	return v / 4294967296.0;
}

void
pace_init(
    struct pace *p, int64_t interval_ns, int64_t first_ns, const char *node_id)
{
	int64_t phase_ns = (int64_t)(pace_phase(node_id) * (double)interval_ns);
	int64_t now_ns = stop_now_ns();

	p->interval_ns = interval_ns;
	p->grid_ns = now_ns - (rtime_now_ns() - phase_ns) % interval_ns;
	p->next_ns = now_ns + first_ns;
}

int
pace_wait(struct pace *p)
{
	int64_t left_ns, soonest_ns, steps;

	while ((left_ns = p->next_ns - stop_now_ns()) > 0) {
		if (stop_asked())
			return 0;
		stop_wait(NULL, 0, (left_ns + NUM_MS - 1) / NUM_MS);
	}
	soonest_ns = stop_now_ns() + p->interval_ns / 2;
	steps = (soonest_ns - p->grid_ns + p->interval_ns - 1) / p->interval_ns;
	p->next_ns = p->grid_ns + steps * p->interval_ns;
	return !stop_asked();
}

void
pace_hurry(struct pace *p)
{
	p->next_ns = 0;
	stop_wake();
}
