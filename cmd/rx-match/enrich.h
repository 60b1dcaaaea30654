/* SPDX-License-Identifier: MIT */
/*
 * enrich -- members that were found in a text, added to an item.
 *
 * Shape   Nothing that is there is overwritten: a member that the record has,
 *         or that was set before, stays; nor is one added whose name the rest
 *         of rx relies on (rules_contract()), whatever a log says.  What is not
 *         added is counted.
 * Names   The prefix comes before each.  A name that JSON would have to escape,
 *         an empty or too long one is not added.
 * Limits  ENRICH_NAME bytes a name, ENRICH_MOST members a record.
 * Owner   enrich_init() to enrich_release(); enrich_start() before each item.
 */
#ifndef RX_MATCH_ENRICH_H
#define RX_MATCH_ENRICH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/span.h"

#include "item.h"

#define ENRICH_NAME 128 /* with its prefix */
#define ENRICH_MOST 128

struct enrich {
	struct item *it;
	struct span prefix;
	size_t added; /* to this item */
	uintmax_t left_out;
	/* private */
	char (*names)[ENRICH_NAME + 1];
};

bool enrich_init(struct enrich *); /* false: out of memory */
void enrich_release(struct enrich *);

void enrich_start(struct enrich *, struct item *);
void enrich_text(struct enrich *, struct span name, struct span text);
void enrich_json(struct enrich *, struct span name, struct span json);

void enrich_tell(const struct enrich *); /* a warning of what was left out */

#endif
