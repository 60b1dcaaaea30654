/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/engine.h"

#include <stddef.h>

#include "cmd/rx-alert/gone.h"
#include "cmd/rx-alert/ticket.h"
#include "lib/num.h"
#include "lib/rtime.h"

static const char *const uptime_pointers[] = { "/metrics/uptime_seconds",
	"/uptime_seconds" };

/* One rule over one record. */
struct turn {
	struct engine *e;
	const struct rule *rule;
	struct step step;
	struct span node;
	uint64_t firing; /* for a subject, of those that were judged */
};

void
engine_init(struct engine *e, const struct rules *rules,
    const struct engine_asked *asked)
{
	*e = (struct engine){ .rules = rules };
	keys_init(&e->nodes, sizeof(struct node), asked->max_watches);
	keys_init(&e->watches, sizeof(struct watch), asked->max_watches);
	record_init(&e->record);
	windows_init(&e->windows, &rules->windows, asked->max_keys,
	    asked->replaying, &e->picker);
}

void
engine_use(struct engine *e, const struct rules *rules)
{
	windows_use(&e->windows, &rules->windows);
	e->rules = rules;
}

void
engine_release(struct engine *e)
{
	keys_release(&e->nodes);
	keys_release(&e->watches);
	windows_release(&e->windows);
	pick_release(&e->picker);
	record_release(&e->record);
	buf_release(&e->key);
	buf_release(&e->node);
	buf_release(&e->host);
	buf_release(&e->ip);
	buf_release(&e->time);
	buf_release(&e->out);
}

struct span
engine_key(
    struct engine *e, struct span node, const char *rule, struct span subject)
{
	buf_reset(&e->key);
	buf_add(&e->key, node);
	buf_addc(&e->key, '\0');
	buf_adds(&e->key, rule);
	buf_addc(&e->key, '\0');
	buf_add(&e->key, subject);
	if (e->key.failed)
		die(EX_TEMPFAIL, "out of memory");
	return buf_span(&e->key);
}

/* A member's text, or what stands for it. */
static struct span
member_or(struct engine *e, const char *name, struct buf *plain,
    const char *given, const char *local)
{
	struct value v;

	buf_reset(plain);
	if (record_get(&e->record, name, &v) && v.type == VALUE_STRING &&
	    value_text(&v, plain) == 0 && plain->len > 0)
		return buf_span(plain);
	if (given != NULL)
		return span_of(given);
	if (local != NULL && e->where.local_id != NULL &&
	    span_is(buf_span(&e->node), e->where.local_id))
		return span_of(local);
	return (struct span){ NULL, 0 };
}

static void
report(struct turn *t, struct watch *w, enum event event, struct span subject)
{
	struct engine *e = t->e;
	struct ticket ticket = { t->rule, w, event, t->step.value,
		machine_threshold(t->rule, w), subject, t->node,
		member_or(e, "hostname", &e->host, e->where.host,
		    e->where.local_host),
		member_or(
		    e, "system_ip", &e->ip, e->where.ip, e->where.local_ip),
		buf_span(&e->time), &e->record, &e->picker };

	if (ticket.host.len == 0)
		ticket.host = t->node;
	buf_reset(&e->out);
	ticket_render(&e->out, &ticket);
	if (e->out.failed)
		die(EX_TEMPFAIL, "out of memory");
	if (event == EVENT_TICKET)
		e->tickets++;
	else
		e->resolved++;
	e->on_event(e->arg, event, buf_span(&e->out), w);
}

static bool
is_silenced(struct turn *t, struct span subject)
{
	struct engine *e = t->e;
	const struct watch *w;

	if (t->rule->silenced_by == RULE_NONE)
		return false;
	w = keys_find(&e->watches,
	    engine_key(e, t->node, e->rules->rule[t->rule->silenced_by].name,
		subject));
	return w != NULL && (w->phase == FIRING || w->due) &&
	    t->step.now_ns - w->last_ns <= t->step.gap_ns;
}

static struct watch *
watch_of(struct turn *t, struct span subject)
{
	struct engine *e = t->e;
	struct watch *w;

	engine_key(e, t->node, t->rule->name, subject);
	if ((w = keys_get(&e->watches, buf_span(&e->key))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	return w;
}

static void
take_value(void *arg, struct span subject, double value)
{
	struct turn *t = arg;
	struct engine *e = t->e;
	struct watch *w;
	enum event event;
	int before;

	t->step.value = value;
	t->step.silenced = is_silenced(t, subject);
	w = watch_of(t, subject);
	e->evaluations++;
	before = w->phase;
	event = machine_step(t->rule, w, &t->step);
	e->changed |= w->phase != before;
	e->pending |= w->phase == PENDING;
	t->firing += subject.len > 0 && w->phase == FIRING;
	if (event != EVENT_NONE)
		report(t, w, event, subject);
	if (e->on_look != NULL)
		e->on_look(e->arg,
		    &(struct engine_look){ t->rule, w, &t->step, event, subject,
			t->node, buf_span(&e->time) });
}

static void
on_gone(
    void *arg, const struct rule *rule, struct watch *w, struct span subject)
{
	struct turn *t = arg;

	t->rule = rule;
	t->e->changed = true;
	report(t, w, EVENT_GONE, subject);
}

static void
take_rules(struct engine *e, struct node *node, const struct step *step)
{
	struct turn t = { .e = e, .step = *step, .node = buf_span(&e->node) };
	const struct pick_use use = { take_value, &t, NULL };
	size_t i, k;

	for (i = 0; i < e->rules->n; i++) {
		t.rule = &e->rules->rule[i];
		for (k = 0; k < t.rule->n_picks; k++)
			if (pick_each(&e->picker, &e->record, &t.rule->picks[k],
				&use))
				break;
	}
	if (t.firing < node->firing)
		gone_look(e, node, step, on_gone, &t);
	else
		node->firing = t.firing;
}

static void
refuse(struct engine *e, const char *why)
{
	e->refused++;
	warn_every(&e->refusals, "a record is refused: %s", why);
}

/* Seconds since boot as nanoseconds, or -1. */
static int64_t
uptime_of(struct engine *e)
{
	struct value v;
	double s;
	size_t i;

	for (i = 0; i < sizeof(uptime_pointers) / sizeof(char *); i++)
		if (pick_find(&e->picker, &e->record, uptime_pointers[i], &v) &&
		    pick_number(&v, &s) && s >= 0 && s < 9e9)
			return (int64_t)(s * (double)NUM_S);
	return -1;
}

/* The texts a record must and may have; false when it is refused. */
static bool
read_head(struct engine *e, struct rtime_found *when)
{
	struct value v;

	buf_reset(&e->time);
	buf_reset(&e->node);
	if (!record_get(&e->record, "timestamp", &v) ||
	    v.type != VALUE_STRING || value_text(&v, &e->time) < 0 ||
	    rtime_parse(buf_span(&e->time), when) < 0) {
		refuse(e, "no \"timestamp\" that is a time");
		return false;
	}
	if (record_get(&e->record, "node_id", &v) && v.type == VALUE_STRING)
		value_text(&v, &e->node);
	return true;
}

/* The rules over a record whose head was read. */
static void
take_sample(struct engine *e, int64_t record_ns)
{
	struct node *node;
	struct moment *moment;
	enum moment_kind kind;
	struct step step = { 0 };
	int64_t before_ns;

	if ((node = keys_get(&e->nodes, buf_span(&e->node))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	moment = &node->moment;
	before_ns = moment_gap_ns(moment);
	kind = moment_step(moment, record_ns, uptime_of(e));
	if (kind == MOMENT_LATE) {
		e->late++;
		return;
	}
	e->pending = false;
	e->now_ns = step.now_ns = moment->now_ns;
	step.record_ns = record_ns;
	step.gap = kind == MOMENT_GAP;
	step.gap_ns = moment_gap_ns(moment);
	if (step.gap_ns < before_ns)
		step.gap_ns = before_ns;
	take_rules(e, node, &step);
}

void
engine_take(struct engine *e, struct span line, bool torn)
{
	struct rtime_found when;

	if (record_is_control(line))
		return;
	pick_forget(&e->picker);
	if (record_parse(&e->record, line) < 0) {
		if (!torn)
			refuse(e, e->record.why);
		return;
	}
	if (!read_head(e, &when))
		return;
	e->records++;
	windows_take(&e->windows, &e->record, when.ns);
	if (e->rules->n > 0)
		take_sample(e, when.ns);
}
