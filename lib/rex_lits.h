/* SPDX-License-Identifier: MIT */
/*
 * rex_lits -- the literals without which a pattern cannot match.  Private to
 *             rex.
 *
 * Shape   Every text that the pattern matches holds at least one of the
 *         literals, in some case.  They are printable ASCII, without `"` `\`
 *         and `/`: characters that JSON writes as themselves or as \u00XX.
 *         Where a pattern ignores case k and s are left out too, for U+212A
 *         (KELVIN SIGN) and U+017F (LONG S) match them.
 * Limits  Knows most of pcre2pattern(3).  What it does not know (references,
 *         conditions, \Q, free spacing, …) makes it give up, never guess.
 * Errors  false: no such literals are known; every line may match.
 */
#ifndef RX_REX_LITS_H
#define RX_REX_LITS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/rex_scan.h"
#include "lib/span.h"

struct lits {
	char text[SCAN_MAX][SCAN_LITERAL];
	size_t len[SCAN_MAX];
	size_t n;
};

/* pattern is one that pcre2_compile(3) takes. */
bool rex_lits(struct span pattern, bool icase, struct lits *);

#endif
