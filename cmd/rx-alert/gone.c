/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/gone.h"

#include <string.h>

struct look {
	struct span subject;
	bool named;
};

static void
no_value(void *arg, struct span subject, double value)
{
	(void)arg;
	(void)subject;
	(void)value;
}

static void
on_name(void *arg, struct span subject)
{
	struct look *l = arg;

	l->named |= span_eq(subject, l->subject);
}

/* Whether the record names others of the kind, and not this one. */
static bool
is_gone(struct engine *e, const struct rule *rule, struct span subject)
{
	struct look look = { .subject = subject };
	const struct pick_use use = { no_value, &look, on_name };
	uint64_t bad = e->picker.bad; /* counted when they were judged */
	bool told = false;

	for (size_t i = 0; i < rule->n_picks && !told; i++)
		told = pick_each(&e->picker, &e->record, &rule->picks[i], &use);
	e->picker.bad = bad;
	return told && !look.named;
}

static const struct rule *
rule_named(const struct rules *rules, struct span name)
{
	for (size_t i = 0; i < rules->n; i++)
		if (span_is(name, rules->rule[i].name))
			return &rules->rule[i];
	return NULL; /* HUP took it away */
}

/* The pieces of a key, node NUL rule NUL subject; false: of another node. */
static bool
key_of(
    struct span key, struct span node, struct span *rule, struct span *subject)
{
	const char *nul;

	if (key.len <= node.len || key.at[node.len] != '\0' ||
	    memcmp(key.at, node.at, node.len) != 0)
		return false;
	*rule = span_skip(key, node.len + 1);
	if ((nul = memchr(rule->at, '\0', rule->len)) == NULL)
		return false;
	*subject = span_skip(*rule, (size_t)(nul - rule->at) + 1);
	rule->len = (size_t)(nul - rule->at);
	return subject->len > 0;
}

void
gone_look(struct engine *e, struct node *node, const struct step *step,
    void (*on_gone)(void *, const struct rule *, struct watch *, struct span),
    void *arg)
{
	struct span name, subject;
	const struct rule *rule;
	struct watch *w;

	if (node->looked && step->now_ns - node->looked_ns <= step->gap_ns)
		return;
	node->looked = true;
	node->looked_ns = step->now_ns;
	node->firing = 0;
	for (w = keys_oldest(&e->watches); w != NULL; w = keys_newer(w)) {
		if (w->phase != FIRING ||
		    !key_of(keys_name(&e->watches, w), buf_span(&e->node),
			&name, &subject) ||
		    (rule = rule_named(e->rules, name)) == NULL)
			continue;
		if (step->now_ns - w->last_ns > step->gap_ns &&
		    is_gone(e, rule, subject)) {
			w->phase = CALM;
			w->due = false;
			on_gone(arg, rule, w, subject);
		} else
			node->firing++;
	}
}
