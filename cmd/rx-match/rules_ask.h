/* SPDX-License-Identifier: MIT */
/*
 * rules_ask -- what a set of rules makes of records, one after the other.
 *
 * Shape   ask_rules() asks the rules in their order, lets those that match add
 *         members to the item and set its severity, and tells what becomes of
 *         it.  A rule sees what rules before it have added.
 * Limits  A pattern that reaches its bound sets item->limited, and does not
 *         match.  All patterns share one budget for a record.
 * Owner   ask_init() to ask_release(); the rules must stay.
 * Cost    Nothing is allocated once the widest record was seen.
 */
#ifndef RX_MATCH_RULES_ASK_H
#define RX_MATCH_RULES_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

#include "enrich.h"
#include "item.h"
#include "rules.h"

enum fate { FATE_OPEN, FATE_KEEP, FATE_DROP, FATE_REJECT };

struct outcome {
	enum fate fate; /* OPEN: no rule decided */
	size_t rule; /* the first that did */
};

/* A member that was looked up; what is of an older turn is not known. */
struct found {
	uint64_t turn, text_turn;
	bool there;
	struct value value;
	size_t text_at, text_len; /* unescaped, in texts */
};

struct ask {
	struct rules *rules;
	struct item *it;
	uintmax_t *matched; /* by rule */
	struct enrich enrich;
	struct buf *said; /* --explain; NULL: nobody asks */
	size_t n_said;
	/* private */
	struct rex_budget budget;
	struct found *found; /* by field */
	uint64_t turn;
	uint64_t *may, *armed;
	struct buf texts;
	struct parsing parsing;
};

/*
 * What becomes of the item: one on which a pattern reached its bound is kept,
 * what no rule decided about is what the file says of others.
 */
enum fate outcome_fate(
    struct outcome, const struct rules *, const struct item *);

bool ask_init(struct ask *, struct rules *); /* false: out of memory */
void ask_release(struct ask *);
struct outcome ask_rules(struct ask *, struct item *);

/* One part of a condition, and where in its text a pattern matched. */
bool ask_part(struct ask *, size_t part, struct rex_hit *);

/* What a part is about: a member, the text a pattern is searched in. */
const struct found *ask_member(struct ask *, size_t field);
bool ask_text(struct ask *, const struct part *, struct span *);

#endif
