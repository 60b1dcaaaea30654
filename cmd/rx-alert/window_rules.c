/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/window_rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/diag.h"
#include "lib/num.h"
#include "lib/pointer.h"

#define DAY 86400.0
#define IDLE_WINDOWS 12 /* 60 s for 5 s */

/* Members of an anomaly that a key may not be called by. */
static const char *const taken[] = { "timestamp", "alert_type", "severity",
	"count", "count_is_least", "threshold", "window_seconds", "first_event",
	"id" };

struct draft {
	struct window_rule rule;
	struct conf_at by, limits;
	uint64_t limit;
};

#define AT(member) offsetof(struct draft, member)

static const struct conf_member members[] = {
	CONF_NEED("name", CONF_TEXT, AT(rule.name)),
	{ "window", CONF_DURATION, AT(rule.length_ns), true, 0.001, 30 * DAY,
	    NULL },
	CONF_NEED("by", CONF_ANY, AT(by)),
	{ "threshold", CONF_COUNT, AT(limit), true, 1, WINDOW_LIMIT_MAX, NULL },
	CONF_ROW("thresholds", CONF_ANY, AT(limits)),
	CONF_RANGE(
	    "cooldown", CONF_DURATION, AT(rule.cooldown_ns), 0, 30 * DAY),
	CONF_RANGE("lateness", CONF_DURATION, AT(rule.late_ns), 0, DAY),
	CONF_RANGE("idle", CONF_DURATION, AT(rule.idle_ns), 1, 30 * DAY),
	CONF_END,
};

const char *
window_rule_label(const struct window_rule *r, size_t i)
{
	const char *slash = strrchr(r->by[i], '/');

	return slash == NULL ? r->by[i] : slash + 1;
}

/* Why this cannot be the last of the members, or NULL. */
static const char *
wrong_label(const struct window_rule *r, size_t last)
{
	const char *label = window_rule_label(r, last);
	size_t i;

	if (*r->by[last] == '\0' ||
	    (*r->by[last] == '/' && !pointer_is(span_of(r->by[last]))))
		return "is no name and no pointer";
	if (*label == '\0' || strpbrk(label, "~\"\\") != NULL)
		return "cannot be shown by its last name";
	for (i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		if (strcmp(label, taken[i]) == 0)
			return "is called like a member of the anomaly";
	for (i = 0; i < last; i++)
		if (strcmp(label, window_rule_label(r, i)) == 0)
			return "is there twice";
	return NULL;
}

static int
read_by(struct draft *d)
{
	struct window_rule *r = &d->rule;
	struct conf_at item;
	const char *why;

	if (!conf_is_array(&d->by) || conf_count(&d->by) == 0 ||
	    conf_count(&d->by) > WINDOW_BY_MAX)
		return conf_error(&d->by, "\"by\" is a list of 1 to %d members",
		    WINDOW_BY_MAX);
	for (; r->n_by < conf_count(&d->by); r->n_by++) {
		item = conf_item(&d->by, r->n_by);
		if ((r->by[r->n_by] = conf_text(&item)) == NULL)
			return conf_error(&item, "a member is named by text");
		if ((why = wrong_label(r, r->n_by)) != NULL)
			return conf_error(
			    &item, "\"%.100s\" %s", r->by[r->n_by], why);
	}
	return 0;
}

static int
compare_texts(struct span a, struct span b)
{
	size_t least = a.len < b.len ? a.len : b.len;
	int order = least == 0 ? 0 : memcmp(a.at, b.at, least);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int
by_text(const void *a, const void *b)
{
	return compare_texts(((const struct window_limit *)a)->text,
	    ((const struct window_limit *)b)->text);
}

static int
read_limits(struct draft *d)
{
	struct window_rule *r = &d->rule;
	struct conf_at item;
	double n;

	if (d->limits.json == NULL)
		return 0;
	if (!conf_is_object(&d->limits) ||
	    conf_count(&d->limits) > WINDOW_LIMITS_MAX)
		return conf_error(&d->limits,
		    "\"thresholds\" is an object of at most %d numbers",
		    WINDOW_LIMITS_MAX);
	r->limits = calloc(conf_count(&d->limits) + 1, sizeof(*r->limits));
	if (r->limits == NULL)
		die(EX_TEMPFAIL, "out of memory");
	for (; r->n_limits < conf_count(&d->limits); r->n_limits++) {
		item = conf_item(&d->limits, r->n_limits);
		if (!conf_number(&item, &n) || n < 1 || n > WINDOW_LIMIT_MAX ||
		    n != (double)(uint32_t)n)
			return conf_error(&item,
			    "a threshold is a whole number from 1 to %d",
			    WINDOW_LIMIT_MAX);
		r->limits[r->n_limits].text = span_of(item.key);
		r->limits[r->n_limits].limit = (uint32_t)n;
	}
	qsort(r->limits, r->n_limits, sizeof(*r->limits), by_text);
	return 0;
}

static int
read_rule(struct window_rules *rules, const struct conf_at *at)
{
	struct draft d = { .rule = { .cooldown_ns = 60 * NUM_S,
			       .late_ns = NUM_S,
			       .idle_ns = -1 } };
	struct window_rule *r = &rules->rule[rules->n];
	int result;

	if (conf_fill(at, members, &d) < 0)
		return -1;
	d.by.up = d.limits.up = at;
	d.rule.limit = (uint32_t)d.limit;
	result = read_by(&d) < 0 || read_limits(&d) < 0 ? -1 : 0;
	if (d.rule.idle_ns < 0)
		d.rule.idle_ns = IDLE_WINDOWS * d.rule.length_ns;
	*r = d.rule;
	rules->n++; /* also when it failed: its table is given back */
	if (result == 0 && d.rule.idle_ns < d.rule.length_ns + d.rule.late_ns)
		return conf_error(at,
		    "%s: \"idle\" must not be less than \"window\" and "
		    "\"lateness\" together",
		    d.rule.name);
	for (size_t i = 0; result == 0 && i + 1 < rules->n; i++)
		if (strcmp(rules->rule[i].name, r->name) == 0)
			return conf_error(
			    at, "there is a window \"%s\" above", r->name);
	return result;
}

int
window_rules_read(struct window_rules *rules, const struct conf_at *list)
{
	struct conf_at item;
	int n;

	if ((n = conf_list(list, "windows", WINDOW_RULES_MAX)) < 0)
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

void
window_rules_release(struct window_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		free(rules->rule[i].limits);
	free(rules->rule);
	free(rules->names);
	*rules = (struct window_rules){ .n = 0 };
}

uint32_t
window_rule_limit(const struct window_rule *r, struct span text)
{
	size_t from = 0, end = r->n_limits, half;
	int order;

	while (from < end) {
		half = from + (end - from) / 2;
		order = compare_texts(r->limits[half].text, text);
		if (order == 0)
			return r->limits[half].limit;
		if (order > 0)
			end = half;
		else
			from = half + 1;
	}
	return r->limit;
}

__attribute__((format(printf, 2, 3))) static int
fail(struct window_options *o, const char *reason, ...)
{
	va_list args;

	va_start(args, reason);
	vsnprintf(o->why, sizeof(o->why), reason, args);
	va_end(args);
	return -1;
}

static int
adjust_by(struct window_rules *rules, struct window_options *o)
{
	struct window_rule *r = &rules->rule[0];
	char *rest = rules->names = strdup(o->by), *name;
	const char *wrong;

	if (rest == NULL)
		die(EX_TEMPFAIL, "out of memory");
	for (r->n_by = 0; (name = strsep(&rest, ",")) != NULL; r->n_by++) {
		if (r->n_by == WINDOW_BY_MAX)
			return fail(
			    o, "--by: at most %d members", WINDOW_BY_MAX);
		r->by[r->n_by] = name;
		if ((wrong = wrong_label(r, r->n_by)) != NULL)
			return fail(o, "--by: \"%.100s\" %s", name, wrong);
	}
	return 0;
}

/* "20" for all, "login_failed=5" for one. */
static int
adjust_limit(struct window_rule *r, struct window_options *o, const char *arg)
{
	const char *equal = strrchr(arg, '='), *reason;
	const char *number = equal == NULL ? arg : equal + 1;
	struct span text = { arg, (size_t)(number - arg) };
	size_t i = 0;
	uint64_t n;

	if (num_u64(span_of(number), &n, &reason) < 0 || n < 1 ||
	    n > WINDOW_LIMIT_MAX)
		return fail(o, "--threshold %.100s: not from 1 to %d", arg,
		    WINDOW_LIMIT_MAX);
	if (equal == NULL) {
		r->limit = (uint32_t)n; /* of all, and no table of others */
		r->n_limits = 0;
		return 0;
	}
	text.len--; /* the equal sign */
	while (i < r->n_limits && !span_eq(r->limits[i].text, text))
		i++;
	r->limits[i] = (struct window_limit){ text, (uint32_t)n };
	r->n_limits += i == r->n_limits;
	return 0;
}

int
window_rules_adjust(struct window_rules *rules, struct window_options *o)
{
	struct window_rule *r = &rules->rule[0];
	struct window_limit *wide;

	r->length_ns = o->length_ns;
	r->idle_ns = IDLE_WINDOWS * o->length_ns;
	if (o->cooldown_ns >= 0)
		r->cooldown_ns = o->cooldown_ns;
	if (o->late_ns >= 0)
		r->late_ns = o->late_ns;
	if (r->idle_ns < r->length_ns + r->late_ns)
		r->idle_ns = r->length_ns + r->late_ns;
	if (o->by != NULL && adjust_by(rules, o) < 0)
		return -1;
	wide =
	    realloc(r->limits, (r->n_limits + o->n_limits + 1) * sizeof(*wide));
	if (wide == NULL)
		die(EX_TEMPFAIL, "out of memory");
	r->limits = wide;
	for (int named = 0; named <= 1; named++) /* those of all come first */
		for (size_t i = 0; i < o->n_limits; i++)
			if ((strchr(o->limits[i], '=') != NULL) == named &&
			    adjust_limit(r, o, o->limits[i]) < 0)
				return -1;
	qsort(r->limits, r->n_limits, sizeof(*r->limits), by_text);
	return 0;
}
