/* SPDX-License-Identifier: MIT */
/*
 * rules_arm -- which rules a pattern arms.
 *
 * Of each rule the patterns are sought without one of which it cannot match.
 * A rule that has such patterns is asked only about records in which a literal
 * of one of them stands; only these are looked for in a block of records.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/diag.h"
#include "lib/record.h"

#include "rules.h"

/* Some of the parts of a rule: it needs one of them. */
struct need {
	size_t *parts;
	size_t n, size;
	bool failed;
};

static void
need_part(struct need *need, size_t part)
{
	size_t *parts =
	    rules_room(need->parts, &need->size, need->n, sizeof(*parts));

	if (parts == NULL) {
		need->failed = true;
		return;
	}
	need->parts = parts;
	need->parts[need->n++] = part;
}

static bool find_need(const struct rules *, size_t part, struct need *);

/* Every branch must need something. */
static bool
any_needs(const struct rules *r, size_t part, struct need *need)
{
	size_t before = need->n;

	for (size_t i = part + 1; i < r->parts[part].end; i = r->parts[i].end)
		if (!find_need(r, i, need)) {
			need->n = before;
			return false;
		}
	return true;
}

/* The branch that needs one of the fewest speaks for all. */
static bool
all_needs(const struct rules *r, size_t part, struct need *need)
{
	size_t before = need->n, best = 0, fewest = SIZE_MAX;

	for (size_t i = part + 1; i < r->parts[part].end; i = r->parts[i].end) {
		if (find_need(r, i, need) && need->n - before < fewest) {
			fewest = need->n - before;
			best = i;
		}
		need->n = before;
	}
	return fewest < SIZE_MAX && find_need(r, best, need);
}

/*
 * Adds the patterns one of which the part needs; false: it may be true without
 * any.  What a rule added to a record does not stand in it, so where rules add
 * members, only patterns of the text can be needed.
 */
static bool
find_need(const struct rules *r, size_t part, struct need *need)
{
	const struct part *p = &r->parts[part];

	switch (p->kind) {
	case PART_ANY: return any_needs(r, part, need);
	case PART_ALL: return all_needs(r, part, need);
	case PART_MATCHES:
	case PART_IS:
		if (r->grows && p->field != RULES_NONE)
			return false;
		need_part(need, part);
		return true;
	default: return false;
	}
}

static bool
arm(struct rules *r, size_t rule, size_t part)
{
	const struct part *p = &r->parts[part];
	struct arm *arms;

	if (!rex_learn(r->rex, p->pattern, p->regex, p->flags))
		return false;
	arms = rules_room(r->arms, &r->arms_size, r->n_arms, sizeof(*arms));
	if (arms == NULL)
		return false;
	r->arms = arms;
	r->arms[r->n_arms++] =
	    (struct arm){ (uint32_t)rule, r->armed_by[p->pattern] };
	r->armed_by[p->pattern] = (uint32_t)r->n_arms; /* of it, plus one */
	return true;
}

static bool
arm_rule(struct rules *r, size_t rule, struct need *need)
{
	need->n = 0;
	if (r->rule[rule].part == RULES_NONE ||
	    !find_need(r, r->rule[rule].part, need)) {
		r->anyway[rule / 64] |= UINT64_C(1) << (rule % 64);
		r->every = true;
		return !need->failed;
	}
	for (size_t i = 0; i < need->n && !need->failed; i++)
		if (!arm(r, rule, need->parts[i]))
			return false;
	return !need->failed;
}

/* Does a rule add members that another may ask for? */
static bool
grows(const struct rules *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->rule[i].n_set > 0 || r->rule[i].extract ||
		    r->rule[i].n_parsers > 0)
			return true;
	return false;
}

void
rules_arm(struct rules *r)
{
	struct need need = { .n = 0 };
	bool done;

	r->grows = r->grows || grows(r);
	r->every = r->keep_others;
	r->armed_by = calloc(r->n_patterns + 1, sizeof(*r->armed_by));
	r->anyway = calloc(r->n / 64 + 1, sizeof(*r->anyway));
	done = r->armed_by != NULL && r->anyway != NULL;
	for (size_t i = 0; done && i < r->n; i++)
		done = arm_rule(r, i, &need);
	free(need.parts);
	rex_always(r->rex, SPAN(RECORD_CONTROL));
	if (!done)
		or_die(NULL);
	rex_compile(r->rex);
}

void
rules_disarm(struct rules *r)
{
	for (size_t i = 0; i < r->n; i++)
		r->anyway[i / 64] |= UINT64_C(1) << (i % 64);
	r->every = r->grows = true;
}
