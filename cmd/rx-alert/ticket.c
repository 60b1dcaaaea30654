/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/ticket.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/digest.h"
#include "lib/jstr.h"
#include "lib/num.h"
#include "lib/rtime.h"

#define APPLICATION "System Monitor"
#define MINUTE (60.0 * (double)NUM_S)

static const char *const icons[] = { "\U0001F534", "\U0001F7E0", "\U0001F7E1",
	"\U0001F535" };
static const char *const shouts[] = { "CRITICAL", "HIGH", "MEDIUM", "LOW" };

static void
quantity(struct buf *b, const struct rule *r, double v)
{
	buf_addf(b, "%.*f%s", (int)r->digits, v, r->unit);
}

static void
minutes(struct buf *b, int64_t ns)
{
	buf_addf(b, "%.1f minutes", (double)ns / MINUTE);
}

static bool
is_end(const struct ticket *t)
{
	return t->event == EVENT_RESOLVED || t->event == EVENT_GONE;
}

static int64_t
lasted_ns(const struct ticket *t)
{
	return t->watch->last_ns - t->watch->breach_ns;
}

static void
add_icon(struct buf *b, const struct ticket *t)
{
	buf_adds(b, icons[t->rule->priority]);
}

static void
add_priority(struct buf *b, const struct ticket *t)
{
	buf_adds(b, shouts[t->rule->priority]);
}

static void
add_metric(struct buf *b, const struct ticket *t)
{
	buf_adds(b, t->rule->metric);
}

static void
add_of(struct buf *b, const struct ticket *t)
{
	if (t->subject.len == 0)
		return;
	buf_adds(b, " of ");
	buf_add(b, t->subject);
}

static void
add_value(struct buf *b, const struct ticket *t)
{
	quantity(b, t->rule, t->value);
}

static void
add_for(struct buf *b, const struct ticket *t)
{
	if (lasted_ns(t) <= 0)
		return;
	buf_adds(b, " for ");
	minutes(b, lasted_ns(t));
}

static void
add_host(struct buf *b, const struct ticket *t)
{
	buf_add(b, t->host);
}

static const struct {
	const char *name;
	void (*add)(struct buf *, const struct ticket *);
} fields[] = { { "{icon}", add_icon }, { "{PRIORITY}", add_priority },
	{ "{metric}", add_metric }, { "{of}", add_of },
	{ "{value}", add_value }, { "{for}", add_for },
	{ "{host}", add_host } };
#define N_FIELDS (sizeof(fields) / sizeof(*fields))

static size_t
field_at(const char *text)
{
	size_t i;

	for (i = 0; i < N_FIELDS; i++)
		if (strncmp(text, fields[i].name, strlen(fields[i].name)) == 0)
			break;
	return i;
}

int
ticket_check_title(const char *title, const char **why)
{
	for (; (title = strchr(title, '{')) != NULL; title++)
		if (field_at(title) == N_FIELDS) {
			*why = "has a {field} that does not exist";
			return -1;
		}
	return 0;
}

static void
title(struct buf *b, const struct ticket *t)
{
	const char *s;
	size_t i;

	if (is_end(t)) {
		buf_adds(b, "\u2705 RESOLVED: ");
		add_metric(b, t);
		add_of(b, t);
		if (t->event == EVENT_GONE)
			buf_adds(b, ", which is gone,");
		else {
			buf_adds(b, " at ");
			add_value(b, t);
		}
		buf_adds(b, " on ");
		add_host(b, t);
		buf_adds(b, " after ");
		minutes(b, lasted_ns(t));
		return;
	}
	for (s = t->rule->title; *s != '\0';)
		if (*s == '{' && (i = field_at(s)) < N_FIELDS) {
			fields[i].add(b, t);
			s += strlen(fields[i].name);
		} else
			buf_addc(b, *s++);
}

static void
context(struct buf *b, const struct ticket *t)
{
	struct value v;
	size_t i;

	for (i = 0; i < t->rule->n_context; i++) {
		if (!pick_find(
			t->picker, t->record, t->rule->context[i].pointer, &v))
			continue;
		buf_addf(b, "\n- %s: ", t->rule->context[i].label);
		if (v.type != VALUE_STRING || value_text(&v, b) < 0)
			buf_add(b, v.text);
	}
}

static void
description(struct buf *b, const struct ticket *t)
{
	const struct rule *r = t->rule;
	size_t i;

	add_metric(b, t);
	add_of(b, t);
	if (t->event == EVENT_GONE)
		buf_adds(b, " is told of no more: there is no such thing");
	else {
		buf_adds(
		    b, t->event == EVENT_RESOLVED ? " is back at " : " is at ");
		add_value(b, t);
	}
	buf_adds(b, " on ");
	add_host(b, t);
	buf_addf(b, ".\n\nThreshold: %s ", operator_names[r->op]);
	quantity(b, r, t->threshold);
	if (!isnan(r->multiplier)) {
		buf_addf(b, ", %.10g times the baseline of ", r->multiplier);
		quantity(b, r, machine_baseline(r, t->watch));
	}
	buf_adds(b, "\nDuration: ");
	minutes(b, lasted_ns(t));
	buf_adds(b, ", required: ");
	minutes(b, r->duration_ns);
	buf_adds(b, "\nHost: ");
	add_host(b, t);
	if (!span_eq(t->host, t->node_id)) {
		buf_adds(b, ", node ");
		buf_add(b, t->node_id);
	}
	if (t->ip.len > 0) {
		buf_adds(b, ", address ");
		buf_add(b, t->ip);
	}
	buf_adds(b, "\n\nMetrics:\n- ");
	add_metric(b, t);
	buf_adds(b, ": ");
	if (t->event == EVENT_GONE)
		buf_adds(b, "none");
	else
		add_value(b, t);
	context(b, t);
	if (r->n_steps == 0 || is_end(t))
		return;
	buf_adds(b, "\n\nRemediation:");
	for (i = 0; i < r->n_steps; i++)
		buf_addf(b, "\n%zu. %s", i + 1, r->steps[i]);
}

static void
add_id(struct buf *b, const struct ticket *t)
{
	char when[NUM_DIGITS], hex[DIGEST_HEX + 1];
	const struct span nul = { "", 1 };
	const struct span parts[] = { t->node_id, nul, span_of(t->rule->name),
		nul, t->subject, nul,
		{ when, num_render(when, (uint64_t)t->watch->first_ns) } };

	digest_hex(parts, sizeof(parts) / sizeof(*parts), hex);
	buf_adds(b, hex);
	if (is_end(t))
		buf_adds(b, ".resolved");
	else if (t->watch->tickets > 1) {
		buf_addc(b, '.');
		buf_addu(b, t->watch->tickets);
	}
}

/* A text member made of several pieces. */
static void
made_of(struct buf *b, const char *key,
    void (*pieces)(struct buf *, const struct ticket *), const struct ticket *t)
{
	struct buf plain;

	buf_init(&plain);
	pieces(&plain, t);
	buf_adds(b, key);
	jstr_add(b, buf_span(&plain));
	b->failed |= plain.failed;
	buf_release(&plain);
}

static void
text(struct buf *b, const char *key, struct span value)
{
	buf_adds(b, key);
	if (value.len > 0)
		jstr_add(b, value);
	else
		buf_adds(b, "null");
}

void
ticket_render(struct buf *b, const struct ticket *t)
{
	char first[RTIME_MAX];

	rtime_render(first, t->watch->first_ns, 3);
	made_of(b, "{\"title\":", title, t);
	made_of(b, ",\"description\":", description, t);
	text(b, ",\"priority\":", span_of(priority_names[t->rule->priority]));
	text(b, ",\"status\":", is_end(t) ? SPAN("resolved") : SPAN("open"));
	text(b, ",\"application\":", SPAN(APPLICATION));
	text(b, ",\"system_ip\":", t->ip);
	text(b, ",\"alert_type\":", span_of(t->rule->name));
	if (t->event == EVENT_GONE)
		buf_adds(b, ",\"metric_value\":null");
	else
		buf_addf(b, ",\"metric_value\":%.10g", t->value);
	made_of(b, ",\"id\":", add_id, t);
	text(b, ",\"timestamp\":", t->timestamp);
	text(b, ",\"node_id\":", t->node_id);
	text(b, ",\"first_breach\":", span_of(first));
	buf_addf(b, ",\"threshold\":%.10g", t->threshold);
	if (t->subject.len > 0)
		text(b, ",\"subject\":", t->subject);
	if (t->event == EVENT_GONE)
		text(b, ",\"reason\":", SPAN("gone"));
	buf_adds(b, "}\n");
}
