/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/hold.h"

#include "cmd/rx-tail/tail.h"

void
hold_begin(struct source *s, const struct held_at *at)
{
	s->log->holds += !s->hold.on;
	s->hold.on = true;
	s->hold.at = *at;
}

void
hold_release(struct tail *t, struct log *log, const struct source *but)
{
	struct source *s;

	TAILQ_FOREACH(s, &log->chain, chain)
	if (s != but && s->hold.on) {
		s->hold.on = false;
		cut_moved(t, s);
	}
	log->holds = but != NULL && but->hold.on ? 1 : 0;
}
