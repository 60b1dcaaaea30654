/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/rules.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-alert/ticket.h"
#include "lib/diag.h"
#include "lib/num.h"

#define DAY 86400.0

const char *const operator_names[] = { ">", ">=", "<", "<=", "==", "!=", NULL };
const char *const priority_names[] = { "critical", "high", "medium", "low",
	NULL };

/* A rule while it is read: what the table cannot hold by itself. */
struct draft {
	struct rule rule;
	struct conf_at value, steps, context;
	const char *silencer;
	struct conf_at baseline;
};

#define AT(member) offsetof(struct draft, member)

/* The first five may be set by a preset too. */
#define ADJUSTABLE \
	CONF_RANGE( \
	    "threshold", CONF_NUMBER, AT(rule.threshold), -1e300, 1e300), \
	    CONF_RANGE("threshold_multiplier", CONF_NUMBER, \
		AT(rule.multiplier), 1, 1e6), \
	    CONF_RANGE( \
		"resolve", CONF_NUMBER, AT(rule.resolve), -1e300, 1e300), \
	    CONF_RANGE( \
		"duration", CONF_DURATION, AT(rule.duration_ns), 0, 30 * DAY), \
	    CONF_RANGE( \
		"cooldown", CONF_DURATION, AT(rule.cooldown_ns), 1, 30 * DAY)

static const struct conf_member preset_members[] = { ADJUSTABLE, CONF_END };

static const struct conf_member rule_members[] = {
	ADJUSTABLE,
	CONF_NEED("name", CONF_TEXT, AT(rule.name)),
	CONF_NEED("metric", CONF_TEXT, AT(rule.metric)),
	CONF_ROW("unit", CONF_TEXT, AT(rule.unit)),
	CONF_ROW("title", CONF_TEXT, AT(rule.title)),
	CONF_NEED("value", CONF_ANY, AT(value)),
	CONF_ONE_OF("operator", AT(rule.op), operator_names),
	CONF_ROW("baseline", CONF_ANY, AT(baseline)),
	CONF_RANGE("growth", CONF_DURATION, AT(rule.growth_ns), 1, DAY),
	{ "priority", CONF_CHOICE, AT(rule.priority), true, 0, 0,
	    priority_names },
	CONF_RANGE("digits", CONF_COUNT, AT(rule.digits), 0, 6),
	CONF_ROW("silenced_by", CONF_TEXT, AT(silencer)),
	CONF_ROW("remediation", CONF_ANY, AT(steps)),
	CONF_ROW("context", CONF_ANY, AT(context)),
	CONF_END,
};

static const struct conf_member baseline_members[] = {
	{ "window", CONF_DURATION, AT(rule.window_ns), true, 1, 30 * DAY,
	    NULL },
	{ "warm_up", CONF_DURATION, AT(rule.warm_up_ns), true, 0, 30 * DAY,
	    NULL },
	CONF_NEED("floor", CONF_NUMBER, AT(rule.floor)),
	CONF_END,
};

bool
compare(double value, int op, double with)
{
	switch ((enum rule_op)op) {
	case OP_ABOVE: return value > with;
	case OP_AT_LEAST: return value >= with;
	case OP_BELOW: return value < with;
	case OP_AT_MOST: return value <= with;
	case OP_IS: return value == with;
	case OP_IS_NOT: return value != with;
	}
	return false;
}

static int
read_pointer(const struct conf_at *at, const char **pointer)
{
	const char *text = conf_text(at);

	if (text == NULL || *text != '/')
		return conf_error(at, "a pointer is text that begins with /");
	*pointer = text;
	return 0;
}

static int
read_pick(const struct conf_at *at, struct pick *pick)
{
	struct conf_at item;
	size_t i;

	pick->n = 1;
	if (!conf_is_array(at))
		return read_pointer(at, &pick->pointers[0]);
	pick->n = conf_count(at);
	if (pick->n == 0 || pick->n > RULE_POINTERS)
		return conf_error(
		    at, "1 to %d pointers can be added up", RULE_POINTERS);
	for (i = 0; i < pick->n; i++) {
		item = conf_item(at, i);
		if (read_pointer(&item, &pick->pointers[i]) < 0)
			return -1;
		if (pick->n > 1 && strstr(pick->pointers[i], "/*") != NULL)
			return conf_error(
			    &item, "a pointer with * stands alone");
	}
	return 0;
}

static int
read_picks(struct draft *d)
{
	struct rule *r = &d->rule;
	struct conf_at item;

	if (!conf_is_array(&d->value)) {
		r->n_picks = 1;
		return read_pick(&d->value, &r->picks[0]);
	}
	if (conf_count(&d->value) == 0 || conf_count(&d->value) > RULE_PICKS)
		return conf_error(
		    &d->value, "1 to %d alternatives", RULE_PICKS);
	for (; r->n_picks < conf_count(&d->value); r->n_picks++) {
		item = conf_item(&d->value, r->n_picks);
		if (read_pick(&item, &r->picks[r->n_picks]) < 0)
			return -1;
	}
	return 0;
}

static int
read_steps(struct draft *d)
{
	struct rule *r = &d->rule;
	struct conf_at item;

	if (d->steps.json == NULL)
		return 0;
	if (!conf_is_array(&d->steps) || conf_count(&d->steps) > RULE_STEPS)
		return conf_error(&d->steps,
		    "\"remediation\" is a list of at most %d texts",
		    RULE_STEPS);
	for (; r->n_steps < conf_count(&d->steps); r->n_steps++) {
		item = conf_item(&d->steps, r->n_steps);
		if ((r->steps[r->n_steps] = conf_text(&item)) == NULL)
			return conf_error(&item, "a step is text");
	}
	return 0;
}

static int
read_context(struct draft *d)
{
	struct rule *r = &d->rule;
	struct conf_at item;

	if (d->context.json == NULL)
		return 0;
	if (!conf_is_object(&d->context) ||
	    conf_count(&d->context) > RULE_CONTEXT)
		return conf_error(&d->context,
		    "\"context\" is an object of at most %d pointers",
		    RULE_CONTEXT);
	for (; r->n_context < conf_count(&d->context); r->n_context++) {
		item = conf_item(&d->context, r->n_context);
		r->context[r->n_context].label = item.key;
		if (read_pointer(&item, &r->context[r->n_context].pointer) < 0)
			return -1;
	}
	return 0;
}

/* What must hold between the members, also after a preset. */
static int
check(const struct conf_at *at, const struct rule *r)
{
	bool based = !isnan(r->multiplier);
	bool rises = r->op == OP_ABOVE || r->op == OP_AT_LEAST;
	bool falls = r->op == OP_BELOW || r->op == OP_AT_MOST;

	if (based == !isnan(r->threshold))
		return conf_error(at,
		    "%s: one of \"threshold\" and "
		    "\"threshold_multiplier\" is needed",
		    r->name);
	if (based && (r->window_ns == 0 || !rises || !isnan(r->resolve)))
		return conf_error(at,
		    "%s: a multiplier needs \"baseline\", > or >=, and no "
		    "\"resolve\"",
		    r->name);
	if (!based && r->window_ns != 0)
		return conf_error(
		    at, "%s: \"baseline\" needs a multiplier", r->name);
	if (based && r->growth_ns != 0)
		return conf_error(
		    at, "%s: \"growth\" or a multiplier, not both", r->name);
	if (isnan(r->resolve))
		return 0;
	if ((rises && r->resolve > r->threshold) ||
	    (falls && r->resolve < r->threshold) || (!rises && !falls))
		return conf_error(at,
		    "%s: \"resolve\" must lie on the calm side of the "
		    "threshold",
		    r->name);
	return 0;
}

static size_t
find(const struct rules *rules, const char *name)
{
	size_t i;

	for (i = 0; i < rules->n; i++)
		if (strcmp(rules->rule[i].name, name) == 0)
			return i;
	return RULE_NONE;
}

static int
read_rule(struct rules *rules, const struct conf_at *at)
{
	struct draft d = { .rule = { .unit = "",
			       .title = TICKET_TITLE,
			       .op = OP_AT_LEAST,
			       .threshold = NAN,
			       .resolve = NAN,
			       .multiplier = NAN,
			       .cooldown_ns = 1800 * NUM_S,
			       .digits = 1,
			       .silenced_by = RULE_NONE } };
	const char *why;

	if (conf_fill(at, rule_members, &d) < 0 || read_picks(&d) < 0 ||
	    read_steps(&d) < 0 || read_context(&d) < 0)
		return -1;
	if (d.baseline.json != NULL &&
	    conf_fill(&d.baseline, baseline_members, &d) < 0)
		return -1;
	if (find(rules, d.rule.name) != RULE_NONE)
		return conf_error(
		    at, "there is a rule \"%s\" above", d.rule.name);
	if (d.silencer != NULL) {
		d.rule.silenced_by = find(rules, d.silencer);
		if (d.rule.silenced_by == RULE_NONE)
			return conf_error(
			    at, "\"silenced_by\" must name a rule above");
	}
	if (ticket_check_title(d.rule.title, &why) < 0)
		return conf_error(at, "\"title\" %s", why);
	rules->rule[rules->n++] = d.rule;
	return check(at, &d.rule);
}

static int
read_rules(struct rules *rules, const struct conf_at *list)
{
	struct conf_at item;
	int n;

	if ((n = conf_list(list, "rules", RULES_MAX)) < 0)
		return -1;
	if ((rules->rule = calloc((size_t)n, sizeof(*rules->rule))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	for (int i = 0; i < n; i++) {
		item = conf_item(list, (size_t)i);
		if (read_rule(rules, &item) < 0)
			return -1;
	}
	return 0;
}

/* Every preset is checked, so that a mistake shows before it is needed. */
static int
apply_preset(struct rules *rules, const struct conf_at *preset, bool chosen)
{
	struct draft d;
	struct conf_at item;
	size_t i, at;

	if (!conf_is_object(preset))
		return conf_error(preset, "a preset is an object of rules");
	for (i = 0; i < conf_count(preset); i++) {
		item = conf_item(preset, i);
		if ((at = find(rules, item.key)) == RULE_NONE)
			return conf_error(
			    &item, "there is no rule \"%.100s\"", item.key);
		d = (struct draft){ .rule = rules->rule[at] };
		if (conf_fill(&item, preset_members, &d) < 0 ||
		    check(&item, &d.rule) < 0)
			return -1;
		if (chosen)
			rules->rule[at] = d.rule;
	}
	return 0;
}

static int
read_presets(
    struct rules *rules, const struct conf_at *presets, const char *wanted)
{
	struct conf_at item;
	bool found = wanted == NULL;
	size_t i, n;

	if (presets->json != NULL && !conf_is_object(presets))
		return conf_error(presets, "\"presets\" must be an object");
	n = presets->json != NULL ? conf_count(presets) : 0;
	for (i = 0; i < n; i++) {
		item = conf_item(presets, i);
		if (apply_preset(rules, &item, false) < 0)
			return -1;
	}
	for (i = 0; i < n && !found; i++) {
		item = conf_item(presets, i);
		if (strcmp(item.key, wanted) == 0) {
			found = true;
			apply_preset(rules, &item, true);
		}
	}
	if (!found)
		return conf_error(
		    &rules->conf.top, "there is no preset \"%.100s\"", wanted);
	return 0;
}

struct top {
	struct conf_at rules, windows, presets;
};
static const struct conf_member top_members[] = {
	CONF_ROW("rules", CONF_ANY, offsetof(struct top, rules)),
	CONF_ROW("windows", CONF_ANY, offsetof(struct top, windows)),
	CONF_ROW("presets", CONF_ANY, offsetof(struct top, presets)),
	CONF_END,
};

static int
read_file(struct rules *rules, const struct rules_asked *asked)
{
	bool of_windows = asked->window.length_ns > 0;

	if (asked->file != NULL)
		return conf_read(&rules->conf, asked->file);
	return conf_parse(
	    &rules->conf, "built-in rules", rules_builtin(of_windows));
}

int
rules_load(struct rules *rules, struct rules_asked *asked)
{
	struct top top = { .rules = { .up = NULL } };

	*rules = (struct rules){ .n = 0 };
	if (read_file(rules, asked) < 0 ||
	    conf_fill(&rules->conf.top, top_members, &top) < 0)
		return -1;
	if (top.rules.json == NULL && top.windows.json == NULL)
		return conf_error(&rules->conf.top,
		    "one of \"rules\" and \"windows\" is needed");
	top.rules.up = top.windows.up = top.presets.up = &rules->conf.top;
	if (top.rules.json != NULL && read_rules(rules, &top.rules) < 0)
		return -1;
	if (top.windows.json != NULL &&
	    window_rules_read(&rules->windows, &top.windows) < 0)
		return -1;
	if (asked->window.length_ns > 0 &&
	    window_rules_adjust(&rules->windows, &asked->window) < 0) {
		snprintf(rules->conf.why, sizeof(rules->conf.why), "%s",
		    asked->window.why);
		return -1;
	}
	return read_presets(rules, &top.presets, asked->preset);
}

void
rules_release(struct rules *rules)
{
	free(rules->rule);
	window_rules_release(&rules->windows);
	conf_release(&rules->conf);
}
