/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/windows.h"

#include <string.h>

#include "cmd/rx-alert/anomaly.h"
#include "lib/diag.h"
#include "lib/hash.h"
#include "lib/num.h"

#define SEED_0 UINT64_C(0x2d358dccaa6c78a5)
#define SEED_1 UINT64_C(0x8bb84b93962eacc9)

static struct window_key
hashed(struct window_key key, uint64_t tag, struct span text)
{
	key.part[0] = hash_bytes(key.part[0] + tag, text);
	key.part[1] = hash_bytes(key.part[1] + tag, text);
	return key;
}

/* What the table must know of the rules. */
static void
prepare(struct windows *w)
{
	const struct window_rule *r;
	struct window_keep *keep;

	w->table.idle_ns = INT64_MAX;
	for (size_t i = 0; i < w->rules->n; i++) {
		r = &w->rules->rule[i];
		w->bases[i] =
		    hashed((struct window_key){ { w->seed[0], w->seed[1] } }, 0,
			span_of(r->name));
		keep = &w->keep[i];
		keep->idle_ns = keep->fired_ns = r->idle_ns;
		if (keep->fired_ns < r->cooldown_ns)
			keep->fired_ns = r->cooldown_ns;
		if (w->table.idle_ns > keep->idle_ns)
			w->table.idle_ns = keep->idle_ns;
	}
}

void
windows_init(struct windows *w, const struct window_rules *rules,
    uint64_t max_keys, bool replaying, struct picker *picker)
{
	*w = (struct windows){ .rules = rules, .picker = picker };
	/* Keys come from records: known seeds could be made to collide.  But
	 * which key has to leave hangs on them, and a replay has to repeat. */
	w->seed[0] = replaying ? SEED_0 : hash_seed();
	w->seed[1] = replaying ? SEED_1 : hash_seed();
	window_table_init(&w->table, max_keys);
	prepare(w);
}

void
windows_resume(struct windows *w, const uint64_t seed[2], int64_t now_ns,
    int64_t newest_ns)
{
	w->seed[0] = seed[0];
	w->seed[1] = seed[1];
	w->now_ns = now_ns;
	w->newest_ns = newest_ns;
	prepare(w);
}

void
windows_release(struct windows *w)
{
	window_table_release(&w->table);
	for (size_t i = 0; i < WINDOW_BY_MAX; i++)
		buf_release(&w->texts[i]);
	buf_release(&w->out);
}

void
windows_use(struct windows *w, const struct window_rules *rules)
{
	const struct window_rules *old = w->rules;
	uint16_t now[WINDOW_RULES_MAX] = { 0 };
	struct window_place *p = NULL;

	for (size_t i = 0; i < old->n; i++)
		while (now[i] < rules->n &&
		    strcmp(old->rule[i].name, rules->rule[now[i]].name) != 0)
			now[i]++;
	w->rules = rules;
	while ((p = window_table_next(&w->table, p)) != NULL)
		p->window->rule = now[p->window->rule];
	while ((p = window_table_next(&w->table, p)) != NULL)
		while (p->window != NULL && p->window->rule == rules->n)
			window_table_remove(&w->table, p);
	prepare(w);
}

/*
 * The time of the stream goes on with its newest record, but not over more than
 * the shortest idle time at once: after such a step, either way, it goes on
 * from there when a second record agrees.
 */
static int64_t
stream_time(struct windows *w, int64_t ns)
{
	int64_t step_ns = ns - w->newest_ns, bound_ns = w->table.idle_ns;

	if (step_ns >= -bound_ns && step_ns <= bound_ns) {
		w->odd = false;
		if (step_ns > 0) {
			w->now_ns += step_ns;
			w->newest_ns = ns;
		}
	} else if (w->odd && ns - w->odd_ns >= -bound_ns &&
	    ns - w->odd_ns <= bound_ns) {
		w->odd = false;
		w->newest_ns = ns;
	} else {
		w->odd = true;
		w->odd_ns = ns;
	}
	return w->now_ns;
}

/* The text of one member of the key; false: this record does not count. */
static bool
key_part(struct windows *w, struct record *r, const struct window_rule *rule,
    size_t i, struct value *v, struct span *text)
{
	const char *by = rule->by[i];

	if (!(*by == '/' ? pick_find(w->picker, r, by, v)
			 : record_get(r, by, v)))
		return false;
	*text = v->text;
	if (v->type == VALUE_STRING && v->escaped) {
		buf_reset(&w->texts[i]);
		if (value_text(v, &w->texts[i]) < 0)
			die(EX_TEMPFAIL, "out of memory");
		*text = buf_span(&w->texts[i]);
	}
	return v->type == VALUE_STRING || v->type == VALUE_NUMBER ||
	    v->type == VALUE_TRUE || v->type == VALUE_FALSE;
}

static int64_t
cooldown_left(const struct windows_event *e)
{
	int64_t left_ns = e->rule->cooldown_ns - (e->ns - e->window->fired_ns);

	return e->window->fired && left_ns > 0 ? left_ns : 0;
}

static void
tell(struct windows *w, struct window *window, struct windows_event *e)
{
	bool critical = e->count >= window_critical(e->limit);

	if (e->cooldown_ns > 0 && (window->critical || !critical))
		return;
	e->told = true;
	window->fired = true;
	window->critical = critical;
	/* An event that came late does not put the last anomaly back. */
	if (e->cooldown_ns == 0 || e->ns > window->fired_ns)
		window->fired_ns = e->ns;
	if (critical)
		w->criticals++;
	else
		w->warnings++;
	buf_reset(&w->out);
	anomaly_render(&w->out, e);
	if (w->out.failed)
		die(EX_TEMPFAIL, "out of memory");
	w->on_anomaly(w->arg, buf_span(&w->out));
}

static void
take(
    struct windows *w, struct record *r, uint16_t i, int64_t ns, int64_t now_ns)
{
	struct windows_event e = {
		.rule = &w->rules->rule[i], .record = r, .ns = ns
	};
	struct window_key key = w->bases[i];
	struct window_span span = { e.rule->length_ns, e.rule->late_ns, 0 };
	struct window_place *p;
	struct span text = { NULL, 0 };

	for (size_t k = 0; k < e.rule->n_by; k++) {
		if (!key_part(w, r, e.rule, k, &e.key[k], &text))
			return;
		key = hashed(key, (uint64_t)e.key[k].type + 1, text);
	}
	e.limit = span.limit = window_rule_limit(e.rule, text);
	p = window_table_get(&w->table, key, i, now_ns, w->keep);
	if (p == NULL)
		die(EX_TEMPFAIL, "out of memory");
	w->events++;
	e.count = window_add(&p->window, &span, ns, &w->table.spare);
	e.window = p->window;
	e.cooldown_ns = cooldown_left(&e);
	if (e.count == WINDOW_LATE)
		w->late++;
	if (e.count > 0)
		tell(w, p->window, &e);
	if (w->on_event != NULL)
		w->on_event(w->arg, &e);
}

void
windows_take(struct windows *w, struct record *r, int64_t ns)
{
	int64_t now_ns;

	if (w->rules->n == 0)
		return;
	now_ns = stream_time(w, ns);
	w->changed = true;
	for (uint16_t i = 0; i < w->rules->n; i++)
		take(w, r, i, ns, now_ns);
}
