/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/moment.h"

#include "lib/num.h"

#define GAP_INTERVALS 3
#define INTERVAL_MIN NUM_S
/* A year is longer than any duration and cooldown: what is more adds nothing
 * but numbers that run over. */
#define STEP_MAX (366 * 86400 * (int64_t)NUM_S)
#define NOW_MAX (INT64_MAX - 2 * STEP_MAX)

int64_t
moment_gap_ns(const struct moment *m)
{
	return GAP_INTERVALS *
	    (m->interval_ns > INTERVAL_MIN ? m->interval_ns : INTERVAL_MIN);
}

static void
remember(struct moment *m, int64_t record_ns, int64_t uptime_ns)
{
	m->record_ns = record_ns;
	m->uptime_ns = uptime_ns;
	m->has_uptime = uptime_ns >= 0;
	m->set_back = false;
}

/* An older record: the first is put aside, a second in order is believed. */
static enum moment_kind
step_back(struct moment *m, int64_t record_ns, int64_t uptime_ns)
{
	if (!m->set_back || record_ns < m->back_ns) {
		m->set_back = true;
		m->back_ns = record_ns;
		return MOMENT_LATE;
	}
	remember(m, record_ns, uptime_ns);
	return MOMENT_GAP;
}

enum moment_kind
moment_step(struct moment *m, int64_t record_ns, int64_t uptime_ns)
{
	int64_t by_record = record_ns - m->record_ns, by_uptime = -1, passed;
	bool both = m->has_uptime && uptime_ns >= 0, gap = false;

	if (!m->started) {
		m->started = true;
		m->now_ns = record_ns;
		remember(m, record_ns, uptime_ns);
		return MOMENT_NEXT;
	}
	if (both)
		by_uptime = uptime_ns - m->uptime_ns;
	passed = both && by_uptime >= 0 ? by_uptime : by_record;
	if (passed < 0)
		return step_back(m, record_ns, uptime_ns);
	if (passed > STEP_MAX)
		passed = STEP_MAX;
	if (both && by_uptime < 0) /* it was started again */
		gap = true;
	else if (m->interval_ns > 0 && passed > moment_gap_ns(m))
		gap = true;
	if (passed > 0)
		m->interval_ns = passed;
	if (m->now_ns < NOW_MAX)
		m->now_ns += passed;
	remember(m, record_ns, uptime_ns);
	return gap ? MOMENT_GAP : MOMENT_NEXT;
}
