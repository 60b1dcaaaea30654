/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/check.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/rx-tail/chain.h"
#include "cmd/rx-tail/checkpoint.h"
#include "cmd/rx-tail/journal.h"
#include "cmd/rx-tail/patterns.h"
#include "lib/diag.h"

/* A new file would be written beside it. */
static void
writable(const char *path)
{
	char dir[PATH_MAX];

	if (path != NULL &&
	    (snprintf(dir, sizeof(dir), "%s", path) >= (int)sizeof(dir) ||
		access(dirname(dir), W_OK | X_OK) < 0))
		die_sys(EX_IOERR, "%s: unable to write", path);
}

static void
readable(struct tail *t, struct log *log)
{
	struct look l;
	int fd = ident_open(log->path, &l);

	if (fd < 0 && (errno != ENOENT || t->once))
		chain_unreadable(t, log);
	else
		t->readable++;
	if (fd >= 0)
		close(fd);
}

int
check_status(const struct tail *t)
{
	if (!t->once || t->unreadable == 0)
		return EX_OK;
	if (t->readable > 0 || t->n_patterns == 0)
		return EX_PARTLY;
	return t->denied ? EX_NOPERM : EX_IOERR;
}

int
check(struct tail *t, const struct given *g)
{
	struct log *log;

	t->checking = t->starting = true;
	writable(g->stats);
	writable(g->checkpoint);
	if (g->checkpoint != NULL)
		checkpoint_check(g->checkpoint);
	if (t->journal)
		journal_open(t);
	patterns_walk(t);
	TAILQ_FOREACH(log, &t->logs, all)
	readable(t, log);
	return check_status(t);
}
