/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/explain.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cmd/rx-alert/anomaly.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/num.h"

static const char *const phases[] = { "calm", "pending", "firing" };
static const char *const events[] = { "none", "ticket", "resolved" };

static double
seconds(int64_t ns)
{
	return (double)ns / (double)NUM_S;
}

static void
text(struct buf *b, const char *key, struct span value)
{
	buf_adds(b, key);
	jstr_add(b, value);
}

static const char *
silencer(const struct explain *x, const struct rule *r)
{
	return r->silenced_by == RULE_NONE
	    ? ""
	    : x->rules->rule[r->silenced_by].name;
}

/* What keeps a breach that lasted long enough from a ticket. */
static void
why_held(struct buf *b, const struct explain *x, const struct engine_look *l)
{
	int64_t left_ns =
	    machine_cooldown_ns(l->rule, l->watch, l->step->now_ns);

	if (l->step->silenced)
		buf_addf(b, "silenced by %s", silencer(x, l->rule));
	else
		buf_addf(
		    b, "the cooldown goes on for %.10g s", seconds(left_ns));
}

static void
why_not_judged(struct buf *b, const struct engine_look *l)
{
	if (l->rule->growth_ns > 0)
		buf_addf(b, "the growth over %.10g s is not known yet",
		    seconds(l->rule->growth_ns));
	else
		buf_addf(b, "the baseline was learned for %.10g of %.10g s",
		    seconds(l->watch->observed_ns),
		    seconds(l->rule->warm_up_ns));
}

static void
why(struct buf *b, const struct explain *x, const struct engine_look *l)
{
	const struct rule *r = l->rule;
	const struct watch *w = l->watch;
	double threshold = machine_threshold(r, w);
	int64_t lasted_ns = l->step->now_ns - w->since_ns;

	if (l->event == EVENT_TICKET)
		buf_addf(b, "in breach for %.10g s, and no cooldown",
		    seconds(lasted_ns));
	else if (l->event == EVENT_RESOLVED)
		buf_adds(b, "back beyond the resolve threshold");
	else if (!w->judged)
		why_not_judged(b, l);
	else if (w->phase == CALM)
		buf_adds(b, "no breach");
	else if (w->phase == PENDING && !w->due)
		buf_addf(b, "the breach must last %.10g s more",
		    seconds(r->duration_ns - lasted_ns));
	else if (w->phase == FIRING &&
	    !compare(l->step->value, r->op, threshold))
		buf_adds(b, "told, and not beyond the resolve threshold yet");
	else
		why_held(b, x, l);
}

void
explain_use(struct explain *x, const struct rules *rules)
{
	x->rules = rules;
	memset(x->seen, 0, sizeof(x->seen));
	memset(x->counted, 0, sizeof(x->counted));
}

void
explain_look(struct explain *x, const struct engine_look *l)
{
	const struct rule *r = l->rule;
	const struct watch *w = l->watch;
	struct buf *b = &x->line, reason;

	x->seen[l->rule - x->rules->rule] = true;
	buf_init(&reason);
	why(&reason, x, l);
	buf_reset(b);
	text(b, "{\"timestamp\":", l->timestamp);
	text(b, ",\"node_id\":", l->node);
	text(b, ",\"alert_type\":", span_of(r->name));
	if (l->subject.len > 0)
		text(b, ",\"subject\":", l->subject);
	buf_addf(b, ",\"value\":%.10g,\"threshold\":%.10g", l->step->value,
	    machine_threshold(r, w));
	if (!isnan(r->multiplier))
		buf_addf(b, ",\"baseline\":%.10g", machine_baseline(r, w));
	buf_addf(b,
	    ",\"state\":\"%s\",\"lasted_seconds\":%.10g"
	    ",\"duration_seconds\":%.10g,\"cooldown_left_seconds\":%.10g"
	    ",\"event\":\"%s\"",
	    phases[w->phase],
	    w->phase == CALM ? 0 : seconds(l->step->now_ns - w->since_ns),
	    seconds(r->duration_ns),
	    seconds(machine_cooldown_ns(r, w, l->step->now_ns)),
	    events[l->event]);
	text(b, ",\"why\":", buf_span(&reason));
	buf_adds(b, "}\n");
	if (b->failed || reason.failed)
		die(EX_TEMPFAIL, "out of memory");
	outbuf_add(x->out, buf_span(b));
	buf_release(&reason);
}

void
explain_event(struct explain *x, const struct windows_event *e)
{
	const struct window_rule *r = e->rule;
	struct buf *b = &x->line;
	struct value v;

	x->counted[r - x->rules->windows.rule] = true;
	buf_reset(b);
	buf_adds(b, "{\"timestamp\":\"");
	if (record_get(e->record, "timestamp", &v))
		buf_add(b, v.text);
	text(b, "\",\"alert_type\":", span_of(r->name));
	anomaly_key(b, e);
	buf_addf(b,
	    ",\"count\":%" PRIu32 ",\"threshold\":%" PRIu32
	    ",\"cooldown_left_seconds\":%.10g,\"event\":\"%s\",\"why\":\"",
	    e->count > 0 ? (uint32_t)e->count
			 : window_count(e->window, r->length_ns, e->ns),
	    e->limit, seconds(e->cooldown_ns), e->told ? "anomaly" : "none");
	if (e->count == WINDOW_LATE)
		buf_addf(b, "older than the newest by more than %.10g s",
		    seconds(r->late_ns));
	else if (e->count == WINDOW_CALM)
		buf_adds(b, "not more than the threshold");
	else if (e->told)
		buf_addf(b, "more than the threshold within %.10g s",
		    seconds(r->length_ns));
	else
		buf_addf(b, "the cooldown goes on for %.10g s",
		    seconds(e->cooldown_ns));
	buf_adds(b, "\"}\n");
	if (b->failed)
		die(EX_TEMPFAIL, "out of memory");
	outbuf_add(x->out, buf_span(b));
}

void
explain_end(struct explain *x)
{
	for (size_t i = 0; i < x->rules->n; i++)
		if (!x->seen[i])
			warn("%s: no record had a number for it",
			    x->rules->rule[i].name);
	for (size_t i = 0; i < x->rules->windows.n; i++)
		if (!x->counted[i])
			warn("%s: no record had all members of its key",
			    x->rules->windows.rule[i].name);
	buf_release(&x->line);
}
