/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/net.h"
#include "cmd/rx-serve/net_part.h"
#include "lib/stop.h"

static struct net_timer *timers; /* the earliest first */

int
net_timers_wait_ms(void)
{
	int64_t in_ms;

	if (timers == NULL)
		return -1;
	in_ms = timers->due_ms - stop_now_ms();
	return in_ms < 0 ? 0 : in_ms > INT32_MAX ? INT32_MAX : (int)in_ms;
}

void
net_timers_run(void)
{
	int64_t now_ms = stop_now_ms();
	struct net_timer *t;

	while ((t = timers) != NULL && t->due_ms <= now_ms) {
		net_timer_clear(t);
		t->run(t->arg);
	}
}

void
net_timer_set(struct net_timer *t, int64_t in_ms)
{
	struct net_timer **at = &timers;

	net_timer_clear(t);
	t->due_ms = stop_now_ms() + in_ms;
	while (*at != NULL && (*at)->due_ms <= t->due_ms)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
	t->armed = true;
}

void
net_timer_clear(struct net_timer *t)
{
	struct net_timer **at = &timers;

	if (!t->armed)
		return;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	t->armed = false;
}
