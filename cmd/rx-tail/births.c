/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/births.h"

#include <sys/inotify.h>
#include <sys/stat.h>

#include "cmd/rx-tail/join.h"
#include "cmd/rx-tail/log.h"
#include "cmd/rx-tail/tail.h"

void
births_event(struct log *log, uint32_t mask)
{
	struct births *b = &log->births;

	if (mask & IN_ISDIR)
		return;
	if (mask & IN_MODIFY)
		b->empty = false;
	if (mask & (IN_DELETE | IN_MOVED_TO)) /* or another took its name */
		b->begun -= b->empty;
	if (mask & (IN_DELETE | IN_MOVED_FROM))
		b->there = b->empty = false;
	if (mask & (IN_CREATE | IN_MOVED_TO)) {
		b->begun++;
		b->there = true;
		b->empty = (mask & IN_CREATE) != 0;
		b->looked = false;
	}
}

void
births_beside(struct log *log)
{
	log->births.found++;
}

void
births_at(struct log *log, const struct ident *id, bool new)
{
	struct births *b = &log->births;

	if (ident_eq(&b->at, id))
		return; /* counted */
	/* One that is known and never left the path did not begin now. */
	if (new || births_missing(b)) {
		b->at = *id;
		b->found++;
	}
}

void
births_refused(struct log *log)
{
	struct stat st;

	if (births_missing(&log->births) && lstat(log->path, &st) == 0)
		births_at(log,
		    &(struct ident){ .dev = st.st_dev, .inode = st.st_ino },
		    false);
}

void
births_looked(struct tail *t, struct log *log)
{
	if (!births_open(&log->births))
		return;
	log->births.looked = true;
	log_due(t, log, false);
}

void
births_settle(struct tail *t, struct log *log)
{
	struct births *b = &log->births;
	unsigned missing = births_missing(b) ? b->begun - b->found : 0;

	if (!b->looked)
		return;
	if (!t->watch.drained) {
		log_due(t, log, false);
		return;
	}
	*b = (struct births){ 0 };
	if (missing > 0) {
		join_flush(t, log);
		cut_unseen(t, log, missing);
	}
}
