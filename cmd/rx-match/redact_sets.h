/* SPDX-License-Identifier: MIT */
/*
 * redact_sets -- what --redact knows of secrets: the table of its rows.
 *
 * Shape   A set has several rows.  A row is a pattern; what it matches, from
 *         its \K on, is the secret.  A cheap question comes before the pattern:
 *         may() of the row or, where there is none, whether the text holds
 *         one of redact_words, in either case.  One comes after it: accept()
 *         says how much of the match is the secret after all.
 * Limits  The cheap question never says no to a text with a secret.
 * Source  Luhn: ISO/IEC 7812-1 annex B; the issuers' numbers: 7812-2 as they
 *         publish them; addresses: RFC 4291 2.2, RFC 5321; RFC 6750, RFC 7519.
 */
#ifndef RX_MATCH_REDACT_SETS_H
#define RX_MATCH_REDACT_SETS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/span.h"

enum redact_set {
	REDACT_PASSWORD,
	REDACT_TOKEN,
	REDACT_CARD,
	REDACT_EMAIL,
	REDACT_IP,
	REDACT_SETS
};
extern const char *const redact_set_names[REDACT_SETS];

struct redact_row {
	enum redact_set set;
	const char *pattern;
	bool (*may)(struct span text); /* NULL: the words tell */
	size_t (*accept)(struct span match); /* NULL: all of it; 0: none */
};
extern const struct redact_row redact_rows[];
extern const size_t n_redact_rows;

/* Also in members whose names are in redact_names. */
extern const char *const redact_words[];
extern const size_t n_redact_words;

/* A member of this name holds a secret of the set, whatever it looks like. */
extern const char *const redact_names[REDACT_SETS]; /* NULL: no such names */

#endif
