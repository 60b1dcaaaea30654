/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/chain.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-tail/chain_end.h"
#include "cmd/rx-tail/change.h"
#include "cmd/rx-tail/follow.h"
#include "cmd/rx-tail/join.h"
#include "cmd/rx-tail/log.h"
#include "cmd/rx-tail/packed.h"
#include "cmd/rx-tail/source.h"
#include "lib/diag.h"
#include "lib/stop.h"

bool
chain_is_own_output(const struct ident *id)
{
	static struct ident own[2];
	static bool known;

	if (!known) {
		for (int i = 0; i < 2; i++) {
			struct look l;

			if (look_fd(STDOUT_FILENO + i, &l) == 0 && l.regular)
				own[i] = l.id;
		}
		known = true;
	}
	return (own[0].inode != 0 && ident_eq(id, &own[0])) ||
	    (own[1].inode != 0 && ident_eq(id, &own[1]));
}

void
chain_unreadable(struct tail *t, struct log *log)
{
	if (log->fails == errno)
		return;
	if (t->once) /* else it is tried again */
		die_of_memory();
	log->fails = errno;
	t->unreadable++;
	if (errno == EINVAL)
		warn("%s: is not a regular file", log->path);
	else if (errno == EDEADLK)
		warn("%s: is an output of rx-tail itself", log->path);
	else
		warn_sys("%s: unable to read", log->path);
	t->denied |= errno == EACCES || errno == EPERM;
}

/* Whatever the order of finding was, the path's file comes last. */
static void
live_last(struct log *log)
{
	struct source *live = log_live(log);

	if (live == NULL)
		return;
	TAILQ_REMOVE(&log->chain, live, chain);
	TAILQ_INSERT_TAIL(&log->chain, live, chain);
}

struct source *
chain_new_live(struct tail *t, struct log *log, const struct ident *id)
{
	watch_log(&t->watch, log);
	births_at(log, id, true);
	log->fails = 0;
	t->readable++;
	return source_new(t, log, log->path, id, SOURCE_LIVE);
}

void
chain_joined(struct tail *t, struct log *log, struct beside *b)
{
	struct source *s =
	    source_new(t, log, b->path, &b->look.id, SOURCE_ROTATED);

	debug("%s: joins %s", b->path, log->path);
	source_take(t, s, &b->fd);
	births_beside(log);
	live_last(log);
	log_due(t, log, false);
}

void
chain_reopened(struct tail *t, struct source *s)
{
	debug("%s: grows again", s->where);
	s->state = SOURCE_ROTATED;
	s->closed = false;
	s->grew_ms = s->left_ms = stop_now_ms();
	cut_moved(t, s);
	log_due(t, s->log, false);
}

static void
left(struct source *s)
{
	s->state = SOURCE_ROTATED;
	s->left_ms = stop_now_ms();
}

/* What the path leads to is the newest of the chain. */
static void
arrived(struct tail *t, struct log *log, const struct ident *id, int *fd)
{
	struct source *known = source_find(t, id);

	if (known == NULL) {
		debug("%s: a new file", log->path);
		source_take(t, chain_new_live(t, log, id), fd);
	} else if (known->log == log) {
		births_at(log, id, false);
		known->state = SOURCE_LIVE; /* it was renamed back */
		known->closed = known->copy = false;
		source_moved_to(known, log->path);
		live_last(log);
	} else { /* another path leads to it, too: one source */
		births_at(log, id, false);
	}
}

/* Its path leads elsewhere now: why? */
static enum rotation
kind_of(const struct source *s)
{
	struct look l;

	return s->fd >= 0 && look_fd(s->fd, &l) == 0 && l.links == 0
	    ? ROTATION_DELETED
	    : ROTATION_RENAMED;
}

/*
 * The path came to lead elsewhere, or files came up beside it.  Several renames
 * may lie between this look and the last: files between are read first.
 */
static int
look_around(struct tail *t, struct log *log)
{
	struct source *live = log_live(log);
	struct beside_list files;
	int error;

	if (live != NULL && !log->beside)
		count_rotation(&t->counters, kind_of(live));
	log->beside = false;
	if (live != NULL)
		left(live);
	change_find_between(t, log, &files);
	error = files.live_error;
	if (error == 0 && chain_is_own_output(&files.live.look.id))
		error = EDEADLK;
	if (error == 0)
		arrived(t, log, &files.live.look.id, &files.live.fd);
	chain_files_release(&files);
	return error;
}

/* Nothing is known of the log yet: there is no chain to look around for. */
static int
begin(struct tail *t, struct log *log, const struct look *seen)
{
	struct look l;
	bool same;
	int fd;

	if (!seen->regular)
		return EINVAL;
	if (chain_is_own_output(&seen->id))
		return EDEADLK;
	fd = source_open_path(t, log->path, &l);
	same = fd >= 0 ? ident_eq(&l.id, &seen->id) : errno != ENOENT;
	if (same)
		arrived(t, log, &seen->id, &fd);
	else
		log_due(t, log, true);
	if (fd >= 0)
		close(fd);
	return same ? 0 : ENOENT;
}

static void
look_at_path(struct tail *t, struct log *log)
{
	struct source *live = log_live(log);
	int error = 0;
	bool between; /* some began that are not there now */
	struct look l;

	if (look_path(log->path, &l) < 0)
		error = errno;
	if (error == 0 && live != NULL && ident_eq(&live->id, &l.id) &&
	    !log->beside) {
		births_at(log, &l.id, false);
		return;
	}
	between = log->births.begun > log->births.found + (error == 0);
	if (!TAILQ_EMPTY(&log->chain) || log->beside || between) {
		if (live != NULL || error == 0 || between)
			error = look_around(t, log);
	} else if (error == 0) {
		error = begin(t, log, &l);
	}
	if (error != 0 && error != ENOENT && error != ENOTDIR) {
		errno = error;
		chain_unreadable(t, log);
	}
	if (error != 0)
		births_refused(log);
}

static void
look(struct tail *t, struct log *log)
{
	look_at_path(t, log);
	births_looked(t, log);
}

/* It had lost its descriptor while idle, or never had one: was it read to its
 * end? */
static void
tell_lost(struct tail *t, struct source *s)
{
	bool unread = s->o != s->seen || s->log->grew || t->watch.polling;

	if (*s->src != '\0' && unread)
		source_gap(t, s, GAP_DELETED);
	else if (*s->src == '\0' && (unread || s->size > 0 || s->mtime_ns == 0))
		cut_unseen(t, s->log, 1);
}

/* It cannot be opened where it was: it was renamed, or it is lost.  False: not
 * now, an event or the next tick tries again. */
static bool
gone(struct tail *t, struct source *s)
{
	struct log *log = s->log;
	struct beside_list files;
	int error = errno;

	if (s->fd >= 0) { /* a disk or a server fails: not at once again */
		source_close(t, s);
		errno = error;
		chain_unreadable(t, log);
		return false;
	}
	if (error == ENOENT && s->state == SOURCE_LIVE) {
		look(t, log); /* a rename that nobody has told yet */
		if (s->state == SOURCE_LIVE)
			return true;
	}
	chain_files_anew(t, log);
	chain_files(t, log, &s->id.inode, 1, &files); /* opens it */
	chain_files_release(&files);
	if (source_open(t, s) == 0)
		return true;
	if (error != ENOENT) {
		errno = error;
		chain_unreadable(t, log);
		return false;
	}
	join_flush(t, log);
	tell_lost(t, s);
	s->closed = true;
	cut_moved(t, s);
	source_drop(t, s);
	return true;
}

/* Before its head is asked for: what comes later is growth. */
static int
see(struct tail *t, struct source *s)
{
	struct look l;

	if (source_open(t, s) < 0 || look_fd(s->fd, &l) < 0)
		return -1;
	s->size = l.size;
	s->mtime_ns = l.mtime_ns;
	return 0;
}

static enum followed
turn(struct tail *t, struct source *s)
{
	struct beside_list files;
	int named;

	if (s->packed != NULL)
		return packed_turn(t, s);
	if (*s->src == '\0' && see(t, s) < 0)
		return FOLLOW_GONE;
	named = source_name(t, s, t->once);
	if (named < 0)
		return FOLLOW_GONE;
	if (named == 0) {
		s->half = s->size > 0;
		return FOLLOW_IDLE;
	}
	if (s->state == SOURCE_ROTATED && s->o == 0 && s->seen == 0 &&
	    change_is_copy(t, s))
		return FOLLOW_MORE;
	if (s->gen > 0 && s->o == 0 && !s->alone) {
		/*
		 * It was truncated, and as long as nothing was read another
		 * truncation goes unseen: its copy is older than this head.
		 */
		s->alone = true;
		change_find_between(t, s->log, &files);
		chain_files_release(&files);
		return FOLLOW_MORE;
	}
	return follow(t, s, t->once);
}

bool
chain_turn(struct tail *t, struct log *log)
{
	struct source *s;

	if (log->look) {
		log->look = false;
		if (!packed_is(log->path))
			look(t, log);
	} else {
		births_settle(t, log);
	}
	TAILQ_FOREACH(s, &log->chain, chain)
	{
		if (!source_wanted(s))
			continue;
		switch (turn(t, s)) {
		case FOLLOW_IDLE: break;
		case FOLLOW_MORE: return true;
		case FOLLOW_CHANGED: change_of(t, s); return true;
		case FOLLOW_GONE:
			if (gone(t, s))
				return true;
			break;
		}
	}
	log->grew = false;
	if (!t->once)
		chain_end(t, log);
	return false;
}

bool
chain_is_restless(const struct tail *t, struct log *log)
{
	struct source *s;

	TAILQ_FOREACH(s, &log->chain, chain)
	if (s->state == SOURCE_ROTATED ||
	    (s->half && !t->marks && source_wanted(s)))
		return true;
	return join_is_open(log);
}
