/* SPDX-License-Identifier: MIT */
/*
 * journal_none -- the journal in a build without libsystemd: it is said.
 */
#include "cmd/rx-tail/journal.h"

#include <sysexits.h>

#include "lib/diag.h"

#ifndef HAVE_LIBSYSTEMD

bool
journal_is_built(void)
{
	return false;
}

void
journal_open(struct tail *t)
{
	(void)t;
	die(EX_CONFIG,
	    "the journal cannot be read: rx-tail was built without "
	    "libsystemd");
}

bool
journal_resume(struct tail *t, const struct entry *e)
{
	(void)t;
	(void)e;
	return false;
}

void
journal_start(struct tail *t, bool resumed)
{
	(void)t;
	(void)resumed;
}

bool
journal_turn(struct tail *t)
{
	(void)t;
	return false;
}

void
journal_tell(struct tail *t, bool moved,
    void (*tell)(struct tail *, const struct entry *))
{
	(void)t;
	(void)moved;
	(void)tell;
}

#endif
