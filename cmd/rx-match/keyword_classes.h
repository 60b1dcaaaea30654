/* SPDX-License-Identifier: MIT */
/*
 * keyword_classes -- the built-in words by class, worst first, those that -k
 *                    selects before the rest.  Private to keywords.
 */
#ifndef RX_KEYWORD_CLASSES_H
#define RX_KEYWORD_CLASSES_H

#include <stdbool.h>

#include "severity.h"

#define N_KEYWORD_CLASSES 4

struct keyword_class {
	enum severity severity;
	bool selects; /* -k looks for it too */
	const char *words; /* in lower case, separated by '|' */
	const char *endings; /* of camel case, which count behind a letter */
};

extern const struct keyword_class keyword_classes[N_KEYWORD_CLASSES];

#endif
