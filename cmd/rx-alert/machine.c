/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/machine.h"

#include <math.h>

double
machine_baseline(const struct rule *r, const struct watch *w)
{
	return w->baseline > r->floor ? w->baseline : r->floor;
}

double
machine_threshold(const struct rule *r, const struct watch *w)
{
	if (isnan(r->multiplier))
		return r->threshold;
	return r->multiplier * machine_baseline(r, w);
}

static void
learn(const struct rule *r, struct watch *w, double value, int64_t dt_ns,
    bool breached)
{
	double weight;

	w->frozen_ns = breached ? w->frozen_ns + dt_ns : 0;
	if (breached && w->frozen_ns <= r->window_ns)
		return;
	if (!w->stepped)
		w->baseline = value;
	weight = (double)dt_ns / ((double)r->window_ns + (double)dt_ns);
	w->baseline += weight * (value - w->baseline);
	w->observed_ns += dt_ns;
}

int64_t
machine_cooldown_ns(const struct rule *r, const struct watch *w, int64_t now_ns)
{
	int64_t passed_ns = now_ns - w->fired_ns;

	return w->fired && passed_ns < r->cooldown_ns
	    ? r->cooldown_ns - passed_ns
	    : 0;
}

static bool
cooled(const struct rule *r, const struct watch *w, int64_t now_ns)
{
	return machine_cooldown_ns(r, w, now_ns) == 0;
}

static enum event
ticket(struct watch *w, const struct step *s)
{
	w->phase = FIRING;
	w->fired = true;
	w->told = false;
	w->fired_ns = s->now_ns;
	w->tickets++;
	return EVENT_TICKET;
}

static enum event
step_firing(const struct rule *r, struct watch *w, const struct step *s,
    double threshold)
{
	double resolve = isnan(r->resolve) ? threshold : r->resolve;

	/* A crash came between the decision and the ticket.  It comes now, which
	 * may be much later, and its cooldown counts from there. */
	if (!w->told) {
		w->fired_ns = s->now_ns;
		return EVENT_TICKET;
	}
	if (!compare(s->value, r->op, resolve)) {
		w->phase = CALM;
		w->due = false;
		return EVENT_RESOLVED;
	}
	if (compare(s->value, r->op, threshold) && !s->silenced &&
	    cooled(r, w, s->now_ns))
		return ticket(w, s);
	return EVENT_NONE;
}

static enum event
step_waiting(const struct rule *r, struct watch *w, const struct step *s,
    double threshold, bool gap)
{
	if (!compare(s->value, r->op, threshold)) {
		w->phase = CALM;
		w->due = false;
		return EVENT_NONE;
	}
	if (w->phase == CALM) {
		w->phase = PENDING;
		w->since_ns = w->breach_ns = s->now_ns;
		w->first_ns = s->record_ns;
		w->tickets = 0;
	} else if (gap && !w->due)
		w->since_ns = s->now_ns;
	w->due = w->due || s->now_ns - w->since_ns >= r->duration_ns;
	if (w->due && !s->silenced && cooled(r, w, s->now_ns))
		return ticket(w, s);
	return EVENT_NONE;
}

/* Whether the step can be judged, its value then what is judged. */
static bool
measure(const struct rule *r, struct watch *w, struct step *s, bool gap)
{
	if (!isnan(r->multiplier))
		return w->stepped && w->observed_ns >= r->warm_up_ns;
	if (r->growth_ns == 0)
		return true;
	if (gap)
		growth_forget(&w->growth);
	return growth_add(
	    &w->growth, r->growth_ns, s->now_ns, s->value, &s->value);
}

enum event
machine_step(const struct rule *r, struct watch *w, struct step *s)
{
	int64_t dt_ns = w->stepped ? s->now_ns - w->last_ns : 0;
	bool gap = s->gap || (w->stepped && dt_ns > s->gap_ns);
	double threshold = machine_threshold(r, w);
	enum event event = EVENT_NONE;

	w->judged = measure(r, w, s, gap);
	if (w->judged && w->phase == FIRING)
		event = step_firing(r, w, s, threshold);
	else if (w->judged)
		event = step_waiting(r, w, s, threshold, gap);
	else if (w->phase == PENDING) { /* nobody knows whether it lasts */
		w->phase = CALM;
		w->due = false;
	}
	if (!isnan(r->multiplier))
		learn(r, w, s->value, gap ? 0 : dt_ns,
		    w->judged && compare(s->value, r->op, threshold));
	w->last_ns = s->now_ns;
	w->stepped = true;
	return event;
}
