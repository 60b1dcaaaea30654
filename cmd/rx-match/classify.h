/* SPDX-License-Identifier: MIT */
/*
 * classify -- a class for each record, by keywords: --classify FILE.
 *
 * Shape   FILE (agent/schemas/classify.json) names the members whose text is
 *         looked at, the first of them that is there; the member that is set;
 *         the classes with their words; the default, for texts without any of
 *         them and records without text.  What words are, and what negation
 *         does, is in lexicon.h.
 * Errors  A file that cannot be used is EX_CONFIG at the start, with its
 *         place.
 */
#ifndef RX_MATCH_CLASSIFY_H
#define RX_MATCH_CLASSIFY_H

#include "steps.h"

void classify_option(const char *path); /* again for more */

extern const struct step classify_step;

#endif
