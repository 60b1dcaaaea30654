/* SPDX-License-Identifier: MIT */
/* rules_explain -- why a rule matched a record or not, part by part. */
#include "rules_explain.h"

#include "lib/jstr.h"

#include "explain.h"

#define VALUE_SHOWN 1024 /* bytes; a longer value is not */

static void
say_value(struct ask *a, const struct part *p, struct buf *b)
{
	const struct found *found = ask_member(a, p->field);
	size_t quote;

	if (!found->there) {
		buf_adds(b, ",\"absent\":true");
		return;
	}
	quote = found->value.type == VALUE_STRING;
	if (found->value.text.len > VALUE_SHOWN)
		return;
	buf_adds(b, ",\"value\":");
	buf_add(b,
	    (struct span){ found->value.text.at - quote,
		found->value.text.len + 2 * quote });
}

static void
say_leaf(struct ask *a, const struct part *p, bool matched,
    const struct rex_hit *hit, struct buf *b)
{
	struct span text;

	if (p->field != RULES_NONE) {
		buf_adds(b, ",\"member\":");
		jstr_add(b, span_of(a->rules->fields[p->field].pointer));
	}
	if (matched && p->kind == PART_MATCHES && ask_text(a, p, &text))
		explain_hit(b, text, hit);
	else if (p->field != RULES_NONE)
		say_value(a, p, b);
	if (p->kind == PART_SEVERITY) {
		buf_adds(b, ",\"value\":");
		buf_add(b, severity_json(a->it->severity));
	}
}

static void
say_part(struct ask *a, size_t part, struct buf *b)
{
	const struct part *p = &a->rules->parts[part];
	bool limited = a->it->limited, matched, first = true;
	struct rex_hit hit = { .end = 0 };

	a->it->limited = false;
	matched = ask_part(a, part, &hit);
	buf_adds(b, "{\"question\":");
	jstr_add(b, span_of(p->name));
	buf_adds(b, matched ? ",\"matched\":true" : ",\"matched\":false");
	if (a->it->limited)
		buf_adds(b, ",\"limit\":true");
	if (p->kind > PART_NOT)
		say_leaf(a, p, matched, &hit, b);
	else
		buf_adds(b, ",\"parts\":[");
	for (size_t i = part + 1; i < p->end; i = a->rules->parts[i].end) {
		if (!first)
			buf_addc(b, ',');
		say_part(a, i, b);
		first = false;
	}
	buf_adds(b, p->kind > PART_NOT ? "}" : "]}");
	a->it->limited = a->it->limited || limited;
}

void
rules_explain(struct ask *a, size_t rule, bool matched)
{
	static const char *const fates[] = { [THEN_KEEP] = "keep",
		[THEN_DROP] = "drop",
		[THEN_REJECT] = "reject",
		[THEN_NEXT] = "next" };
	const struct rule *r = &a->rules->rule[rule];
	struct buf *b = a->said;

	buf_adds(b, a->n_said++ > 0 ? ",{\"name\":" : "{\"name\":");
	jstr_add(b, span_of(r->name));
	buf_adds(b, matched ? ",\"matched\":true" : ",\"matched\":false");
	if (matched)
		buf_addf(b, ",\"then\":\"%s\"", fates[r->then]);
	if (r->part != RULES_NONE) {
		buf_adds(b, ",\"when\":");
		say_part(a, r->part, b);
	}
	buf_addc(b, '}');
}
