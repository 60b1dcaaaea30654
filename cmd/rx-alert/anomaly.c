/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/anomaly.h"

#include <inttypes.h>
#include <string.h>

#include "lib/digest.h"
#include "lib/jstr.h"
#include "lib/num.h"
#include "lib/rtime.h"

static void
add_value(struct buf *b, const struct value *v)
{
	bool quoted = v->type == VALUE_STRING;

	if (quoted)
		buf_addc(b, '"');
	buf_add(b, v->text); /* still escaped as it was */
	if (quoted)
		buf_addc(b, '"');
}

void
anomaly_key(struct buf *b, const struct windows_event *e)
{
	for (size_t i = 0; i < e->rule->n_by; i++) {
		buf_addc(b, ',');
		jstr_add(b, span_of(window_rule_label(e->rule, i)));
		buf_addc(b, ':');
		add_value(b, &e->key[i]);
	}
}

static bool
is_by(const struct window_rule *r, const char *label)
{
	size_t i = 0;

	while (i < r->n_by && strcmp(window_rule_label(r, i), label) != 0)
		i++;
	return i < r->n_by;
}

static void
add_id(struct buf *b, const struct windows_event *e, const char *severity)
{
	char when[NUM_DIGITS], hex[DIGEST_HEX + 1];
	struct span parts[2 * WINDOW_BY_MAX + 6];
	size_t n = 0;

	parts[n++] = span_of(e->rule->name);
	for (size_t i = 0; i < e->rule->n_by; i++) {
		parts[n++] = (struct span){ "", 1 };
		parts[n++] = e->key[i].text;
	}
	parts[n++] = (struct span){ "", 1 };
	parts[n++] = span_of(severity);
	parts[n++] = (struct span){ "", 1 };
	parts[n++] = (struct span){ when, num_render(when, (uint64_t)e->ns) };
	digest_hex(parts, n, hex);
	buf_adds(b, hex);
}

void
anomaly_render(struct buf *b, const struct windows_event *e)
{
	const struct window *w = e->window;
	const struct window_rule *r = e->rule;
	const char *severity =
	    e->count >= window_critical(e->limit) ? "critical" : "warn";
	char first[RTIME_MAX];
	struct value v;

	rtime_render(first, window_first(w, r->length_ns, e->ns), 3);
	buf_adds(b, "{\"timestamp\":");
	if (record_get(e->record, "timestamp", &v))
		add_value(b, &v);
	if (!is_by(r, "node_id") && record_get(e->record, "node_id", &v) &&
	    v.type == VALUE_STRING) {
		buf_adds(b, ",\"node_id\":");
		add_value(b, &v);
	}
	buf_adds(b, ",\"alert_type\":");
	jstr_add(b, span_of(r->name));
	buf_addf(b, ",\"severity\":\"%s\"", severity);
	anomaly_key(b, e);
	buf_addf(b, ",\"count\":%" PRId64, e->count);
	if (window_is_capped(w, r->length_ns, e->ns))
		buf_adds(b, ",\"count_is_least\":true");
	buf_addf(b,
	    ",\"threshold\":%" PRIu32
	    ",\"window_seconds\":%.10g,\"first_event\":\"%s\",\"id\":\"",
	    e->limit, (double)r->length_ns / (double)NUM_S, first);
	add_id(b, e, severity);
	buf_adds(b, "\"}\n");
}
