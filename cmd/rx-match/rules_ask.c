/* SPDX-License-Identifier: MIT */
#include "rules_ask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/diag.h"

#include "rules_explain.h"
#include "sample.h"

#define NUMBER_MAX 64 /* characters; longer is no number to compare with */

enum fate
outcome_fate(struct outcome o, const struct rules *r, const struct item *it)
{
	if (it->limited)
		return FATE_KEEP;
	if (o.fate != FATE_OPEN)
		return o.fate;
	return r->keep_others ? FATE_KEEP : FATE_DROP;
}

bool
ask_init(struct ask *a, struct rules *rules)
{
	*a = (struct ask){ .rules = rules };
	buf_init(&a->texts);
	a->matched = calloc(rules->n, sizeof(*a->matched));
	a->found = calloc(rules->n_fields + 1, sizeof(*a->found));
	a->may = calloc(rex_words(rules->rex) + 1, sizeof(*a->may));
	a->armed = calloc(rules->n / 64 + 1, sizeof(*a->armed));
	return enrich_init(&a->enrich) &&
	    parsing_init(&a->parsing, &a->enrich) && a->matched != NULL &&
	    a->found != NULL && a->may != NULL && a->armed != NULL;
}

void
ask_release(struct ask *a)
{
	buf_release(&a->texts);
	parsing_release(&a->parsing);
	free(a->matched);
	free(a->found);
	free(a->may);
	free(a->armed);
	enrich_release(&a->enrich);
}

/* The members are looked up again: a rule has added some. */
static void
grown(struct ask *a)
{
	a->turn++;
}

const struct found *
ask_member(struct ask *a, size_t field)
{
	const struct field *f = &a->rules->fields[field];
	struct found *found = &a->found[field];

	if (found->turn == a->turn)
		return found;
	found->turn = a->turn;
	found->there = item_find(a->it, &f->path, &found->value);
	return found;
}

/* The text of a member that is there; a loan until the next is unescaped. */
static struct span
text_of(struct ask *a, size_t field)
{
	struct found *found = &a->found[field];

	if (found->value.type != VALUE_STRING || !found->value.escaped)
		return found->value.text;
	if (found->text_turn != a->turn) {
		found->text_turn = a->turn;
		found->text_at = a->texts.len;
		if (value_text(&found->value, &a->texts) < 0)
			die(EX_TEMPFAIL, "out of memory");
		found->text_len = a->texts.len - found->text_at;
	}
	return (struct span){ a->texts.at + found->text_at, found->text_len };
}

/* The text that a pattern is searched in; false: there is none. */
bool
ask_text(struct ask *a, const struct part *p, struct span *text)
{
	const struct found *found;

	if (p->field == RULES_NONE) {
		*text = a->it->text;
		return true;
	}
	found = ask_member(a, p->field);
	if (!found->there ||
	    (p->kind == PART_IS && found->value.type != VALUE_STRING))
		return false;
	*text = text_of(a, p->field);
	return true;
}

static bool
matches(struct ask *a, const struct part *p, struct rex_hit *hit)
{
	struct span text;

	if (!ask_text(a, p, &text))
		return false;
	switch (rex_one(a->rules->rex, p->pattern, text, &a->budget, hit)) {
	case REX_YES: return true;
	case REX_LIMIT: a->it->limited = true; return false;
	default: return false;
	}
}

/* A number, or a text that spells one. */
static bool
number_of(struct ask *a, size_t field, double *number)
{
	const struct found *found = ask_member(a, field);
	char digits[NUMBER_MAX];
	struct span text;
	char *end;

	if (!found->there ||
	    (found->value.type != VALUE_NUMBER &&
		found->value.type != VALUE_STRING))
		return false;
	text = text_of(a, field);
	if (text.len == 0 || text.len >= sizeof(digits) ||
	    memchr("-0123456789", text.at[0], 11) == NULL)
		return false;
	memcpy(digits, text.at, text.len);
	digits[text.len] = '\0';
	if (strspn(digits, "-+.0123456789eE") < text.len) /* hexadecimal */
		return false;
	*number = strtod(digits, &end);
	return end == digits + text.len && isfinite(*number);
}

static bool
compares(struct ask *a, const struct part *p)
{
	double number;

	if (!number_of(a, p->field, &number))
		return false;
	switch (p->kind) {
	case PART_ABOVE: return number > p->number;
	case PART_AT_LEAST: return number >= p->number;
	case PART_BELOW: return number < p->number;
	case PART_AT_MOST: return number <= p->number;
	default: return number == p->number;
	}
}

static bool
group(struct ask *a, size_t part, bool until)
{
	const struct part *parts = a->rules->parts;

	for (size_t i = part + 1; i < parts[part].end; i = parts[i].end)
		if (ask_part(a, i, NULL) == until)
			return until;
	return !until;
}

bool
ask_part(struct ask *a, size_t part, struct rex_hit *hit)
{
	const struct part *p = &a->rules->parts[part];

	switch (p->kind) {
	case PART_ANY: return group(a, part, true);
	case PART_ALL: return group(a, part, false);
	case PART_NOT: return !ask_part(a, part + 1, NULL);
	case PART_MATCHES:
	case PART_IS: return matches(a, p, hit);
	case PART_CONSTANT:
		return ask_member(a, p->field)->there &&
		    a->found[p->field].value.type == p->constant;
	case PART_EXISTS: return ask_member(a, p->field)->there;
	case PART_SEVERITY: return a->it->severity >= p->severity;
	default: return compares(a, p);
	}
}

/*
 * Adding members may move the text of one that was added before; one that was
 * unescaped stands in texts already, whose growing would move it.
 */
static struct span
kept(struct ask *a, const struct part *p, struct span text)
{
	size_t at = a->texts.len;

	if (p->field == RULES_NONE || a->found[p->field].text_turn == a->turn)
		return text;
	buf_add(&a->texts, text);
	if (a->texts.failed)
		die(EX_TEMPFAIL, "out of memory");
	return (struct span){ a->texts.at + at, text.len };
}

static void
extract(struct ask *a, const struct part *p)
{
	const struct rex *rex = a->rules->rex;
	struct span text, caught;

	if (!matches(a, p, NULL) || !ask_text(a, p, &text))
		return;
	text = kept(a, p, text);
	for (size_t i = 0; i < rex_names(rex, p->pattern); i++) {
		caught = rex_caught(rex, p->pattern, i, text);
		if (caught.at != NULL)
			enrich_text(&a->enrich,
			    span_of(rex_name(rex, p->pattern, i)), caught);
	}
}

static void
extract_all(struct ask *a, const struct rule *rule)
{
	const struct part *p;

	for (size_t i = rule->part; i < a->rules->parts[rule->part].end;
	     i = p->kind == PART_NOT ? p->end : i + 1) {
		p = &a->rules->parts[i];
		if (p->kind == PART_MATCHES &&
		    rex_names(a->rules->rex, p->pattern) > 0)
			extract(a, p);
	}
}

static void
parse_all(struct ask *a, const struct rule *rule)
{
	struct part of = { .kind = PART_MATCHES, .field = rule->parse_from };
	struct span text;

	if (!ask_text(a, &of, &text))
		return;
	text = kept(a, &of, text);
	for (size_t i = 0; i < rule->n_parsers; i++)
		rule->parsers[i]->parse(&a->parsing, text);
}

/* What a rule that matched does to the item. */
static void
carry_out(struct ask *a, const struct rule *rule)
{
	a->enrich.prefix = span_of(rule->prefix == NULL ? "" : rule->prefix);
	if (rule->extract)
		extract_all(a, rule);
	if (rule->n_parsers > 0)
		parse_all(a, rule);
	for (size_t i = 0; i < rule->n_set; i++) {
		const struct assignment *set =
		    &a->rules->assignments[rule->set + i];

		item_set(a->it, set->name, set->json);
	}
	if (rule->severity != SEVERITY_NONE)
		a->it->severity = rule->severity;
	if (rule->extract || rule->n_parsers > 0 || rule->n_set > 0)
		grown(a);
}

/* Rules that may match, as bits. */
static void
arm(struct ask *a)
{
	struct rules *r = a->rules;

	memcpy(a->armed, r->anyway, (r->n / 64 + 1) * sizeof(*a->armed));
	if (r->n_arms == 0)
		return;
	rex_may(r->rex, a->it->record.line, true, a->may);
	for (size_t word = 0; word < rex_words(r->rex); word++)
		for (uint64_t b = a->may[word]; b != 0; b &= b - 1) {
			size_t p = word * 64 + (size_t)__builtin_ctzll(b);

			for (uint32_t i = r->armed_by[p]; i != 0;
			     i = r->arms[i - 1].next) {
				uint32_t rule = r->arms[i - 1].rule;

				a->armed[rule / 64] |= UINT64_C(1)
				    << (rule % 64);
			}
		}
}

/* --explain: why a rule does not match is to be told, too. */
static void
arm_all(struct ask *a)
{
	a->n_said = 0;
	for (size_t i = 0; i < a->rules->n; i++)
		a->armed[i / 64] |= UINT64_C(1) << (i % 64);
}

/* true: no rule behind this one is asked. */
static bool
rule_settles(struct ask *a, size_t n, struct outcome *o)
{
	const struct rule *rule = &a->rules->rule[n];

	bool matched =
	    rule->part == RULES_NONE || ask_part(a, rule->part, NULL);

	if (a->said != NULL)
		rules_explain(a, n, matched);
	if (!matched)
		return false;
	a->matched[n]++;
	carry_out(a, rule);
	if (rule->then == THEN_NEXT)
		return false;
	if (rule->sample < 1 && a->it->severity != SEVERITY_CRITICAL &&
	    !sample_keeps(a->it, rule->sample)) {
		*o = (struct outcome){ FATE_DROP, n };
		return true;
	}
	if (o->fate == FATE_OPEN || rule->then != THEN_KEEP)
		*o = (struct outcome){ rule->then == THEN_DROP ? FATE_DROP
			    : rule->then == THEN_REJECT        ? FATE_REJECT
							       : FATE_KEEP,
			n };
	return rule->then != THEN_KEEP || rule->stop || !a->rules->all;
}

struct outcome
ask_rules(struct ask *a, struct item *it)
{
	struct outcome o = { FATE_OPEN, RULES_NONE };

	a->it = it;
	a->budget = (struct rex_budget){ 0, 0 };
	enrich_start(&a->enrich, it);
	a->parsing.now_ns = it->now_ns;
	buf_reset(&a->texts);
	a->turn++;
	if (a->said == NULL)
		arm(a);
	else
		arm_all(a);
	for (size_t word = 0; word <= a->rules->n / 64; word++)
		for (uint64_t b = a->armed[word]; b != 0; b &= b - 1)
			if (rule_settles(
				a, word * 64 + (size_t)__builtin_ctzll(b), &o))
				return o;
	return o;
}
