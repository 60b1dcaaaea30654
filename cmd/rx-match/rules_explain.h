/* SPDX-License-Identifier: MIT */
/* rules_explain -- adds to a->said what a rule made of the item, and why. */
#ifndef RX_MATCH_RULES_EXPLAIN_H
#define RX_MATCH_RULES_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "rules_ask.h"

/* Before the rule adds anything to the item. */
void rules_explain(struct ask *, size_t rule, bool matched);

#endif
