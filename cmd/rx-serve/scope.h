/* SPDX-License-Identifier: MIT */
/*
 * scope -- what a credential is good for; a set of them is an unsigned.
 *
 * Shape   The words read, control, ingest and files.
 * Errors  0: no such word.  -1: conf_error() has told why.
 */
#ifndef RX_SERVE_SCOPE_H
#define RX_SERVE_SCOPE_H

#include "lib/conf.h"
#include "lib/span.h"

enum scope {
	SCOPE_READ = 1,
	SCOPE_CONTROL = 2,
	SCOPE_INGEST = 4,
	SCOPE_FILES = 8,
	SCOPE_ALL = 15
};

unsigned scope_of(struct span word);
/* A list of words, one at least. */
int scope_read(const struct conf_at *, unsigned *set);

#endif
