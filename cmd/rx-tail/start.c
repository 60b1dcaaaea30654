/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/start.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/rx-tail/chain.h"
#include "cmd/rx-tail/journal.h"
#include "cmd/rx-tail/known.h"
#include "cmd/rx-tail/log.h"
#include "cmd/rx-tail/packed.h"
#include "cmd/rx-tail/past.h"
#include "cmd/rx-tail/patterns.h"
#include "cmd/rx-tail/place.h"
#include "cmd/rx-tail/since.h"
#include "cmd/rx-tail/source.h"
#include "lib/diag.h"
#include "lib/jstr.h"

/* The offset of the line to begin with, 0 when it cannot be known. */
static uint64_t
begin_offset(struct tail *t, struct source *s, const struct place *p)
{
	uint64_t offset = 0;
	int64_t since = t->since_ns;

	if (since == 0) {
		if (t->from_end)
			last_lines(s->fd, s->encoding, p->look.size, t->last_n,
			    &offset);
		return offset;
	}
	switch (since_find(s->fd, p->look.size, since, s->log, &offset)) {
	case SINCE_FOUND: return offset;
	case SINCE_UNTOLD:
		if (p->look.mtime_ns < since || p->look.size == 0)
			break;
		warn("%s: no line tells its time: all are read", p->path);
		return 0;
	case SINCE_NONE: break;
	case SINCE_ERROR: return 0;
	}
	last_lines(s->fd, s->encoding, p->look.size, 0, &offset);
	return offset;
}

/* At a line of its own choice, or at the first that was not read. */
static void
begin(struct tail *t, struct source *s, const struct place *p, bool chosen)
{
	uint64_t offset = 0;

	if (source_open(t, s) < 0) {
		chain_unreadable(t, s->log);
		return;
	}
	source_learn(s, false);
	if (chosen)
		offset = begin_offset(t, s, p);
	else
		offset = known_before(s->log, p, s->fd);
	if (offset > 0 &&
	    (source_name(t, s, false) < 1 || source_seek(s, offset) < 0))
		source_seek(s, 0);
	else
		source_name(t, s, t->once || !p->live);
}

/* Here when the lane began, and nobody asked for it: known, so that it is not
 * taken for something new, now or by the next run. */
static void
put_aside(struct tail *t, struct source *s, const struct place *p)
{
	s->state = SOURCE_DONE;
	if (t->keeps && source_open(t, s) == 0 &&
	    source_name(t, s, true) == 1 && source_seek(s, p->look.size) == 0) {
		s->closed = true;
		cut_moved(t, s);
	}
	source_close(t, s);
}

static void
resume_one(struct tail *t, struct source *s, const struct place *p)
{
	const struct entry *e = p->known->entry;
	struct ident file = known_file(e);

	past_forget(&file, e->src);
	/* It was read a moment ago, and a wrong position must not be told. */
	if (source_resume(t, s, e) < 0)
		die_sys(EX_TEMPFAIL, "%s: unable to read", p->path);
	if (p->live)
		s->closed = false;
	else if (e->x && e->o > 0 &&
	    (p->look.size <= e->o || !patterns_match(t, p->path)))
		s->state = SOURCE_DONE;
	if (s->state == SOURCE_DONE)
		source_close(t, s);
	else
		s->closed = false;
}

static void
place_one(struct tail *t, struct log *log, struct place *p, bool resumed)
{
	struct source *s;

	if (source_find(t, &p->look.id) != NULL)
		return; /* another path leads to it: one source */
	if (p->known == NULL && !p->live &&
	    !is_rotation(log->base, p->path + (log->base - log->path)))
		return; /* only its inode was once one of ours */
	s = p->live ? chain_new_live(t, log, &p->look.id)
		    : source_new(t, log, p->path, &p->look.id, SOURCE_ROTATED);
	if (!p->live)
		births_beside(log); /* it may have begun since the watch did */
	source_take(t, s, &p->fd);
	s->gen = known_lives(log, p);
	if (p->known != NULL) {
		s->gen = p->known->entry->gen;
		resume_one(t, s, p);
	} else if (p->live || patterns_match(t, p->path)) {
		begin(t, s, p, !resumed);
	} else if (resumed) {
		debug("%s: is new in the chain of %s", p->path, log->path);
		begin(t, s, p, false);
	} else if (t->since_ns > 0) {
		begin(t, s, p, true);
	} else {
		put_aside(t, s, p);
	}
}

static void
place_all(struct tail *t, struct log *log, struct place *places, size_t n,
    bool resumed)
{
	known_match(log, places, n);
	for (size_t i = 0; i < n; i++)
		place_one(t, log, &places[i], resumed);
}

/* Of what it is read for, the file before may have the beginning. */
static bool
is_cut(struct tail *t, struct source *s, struct source *before, uint64_t *from)
{
	struct look l;

	return before != NULL && *before->src != '\0' &&
	    source_open(t, s) == 0 && look_fd(s->fd, &l) == 0 &&
	    s->o < l.size && source_open(t, before) == 0 &&
	    look_fd(before->fd, &l) == 0 &&
	    since_cut(s->log, before->fd, l.size, s->fd, s->o, from);
}

/* A record that a rotation cut is not begun in its middle. */
static void
begin_whole(struct tail *t, struct log *log)
{
	struct source *s, *before;
	uint64_t from;

	TAILQ_FOREACH_REVERSE(s, &log->chain, chain, chain)
	{
		before = TAILQ_PREV(s, chain, chain);
		if (!is_cut(t, s, before, &from))
			continue;
		source_seek(s, 0);
		if (from < before->o)
			source_seek(before, from);
	}
}

static void
say_unreadable(struct tail *t, struct log *log, const struct beside_list *files,
    const struct place *places, size_t n)
{
	if (n > 0 && places[n - 1].live)
		return;
	errno = files->live_error;
	if (errno == 0)
		errno = chain_is_own_output(&files->live.look.id)
		    ? EDEADLK
		    : files->live.error;
	if (t->once || log->named || errno != ENOENT)
		chain_unreadable(t, log);
}

void
start_log(struct tail *t, struct log *log, bool resumed)
{
	struct beside_list files;
	struct place *places;
	uint64_t *inodes;
	size_t n = 0;

	if (packed_is(log->path)) {
		packed_place(t, log);
		log_due(t, log, false);
		return;
	}
	for (struct known *k = log->known; k != NULL; k = k->next)
		n++;
	if ((inodes = calloc(n + 1, sizeof(*inodes))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	n = 0;
	for (struct known *k = log->known; k != NULL; k = k->next)
		inodes[n++] = k->entry->inode;
	chain_files(t, log, inodes, n, &files);
	free(inodes);
	n = place_open(log, &files, &places);
	say_unreadable(t, log, &files, places, n);
	place_hide_all(log, files.live_error);
	place_all(t, log, places, n, resumed);
	place_close(places, n);
	chain_files_release(&files);
	if (!resumed && t->since_ns > 0 && log->join != NULL)
		begin_whole(t, log);
	if (!resumed && !t->marks && (t->since_ns > 0 || log->unpack))
		packed_chain(t, log);
	births_looked(t, log);
	log_due(t, log, false);
}

/* The log an entry belongs to, if its path is still asked for. */
static struct log *
log_of(struct tail *t, const struct entry *e)
{
	struct buf path;
	struct log *log = NULL;

	buf_init(&path);
	if (jstr_unescape(&path, e->path) < 0)
		return NULL;
	buf_addc(&path, '\0');
	if (path.failed)
		die(EX_TEMPFAIL, "out of memory");
	if ((log = log_find(t, path.at)) == NULL &&
	    (log = log_of_rotation(t, path.at)) == NULL &&
	    patterns_match(t, path.at)) {
		log = log_new(t, path.at, false);
		watch_log(&t->watch, log);
	}
	buf_release(&path);
	return log;
}

void
start_positions(struct tail *t, const struct claims *claims, bool resumed)
{
	struct known *known = calloc(claims->n_pos + 1, sizeof(*known));
	struct log *log;

	if (known == NULL)
		die(EX_TEMPFAIL, "out of memory");
	for (size_t i = 0; i < claims->n_pos; i++) {
		struct known *k = &known[i];

		struct ident file;

		k->entry = &claims->pos[i];
		if (journal_resume(t, k->entry))
			continue;
		file = known_file(k->entry);
		past_add(&file, k->entry,
		    claims->seen_ns != NULL ? claims->seen_ns[i]
					    : rtime_now_ns());
		if ((log = log_of(t, k->entry)) == NULL) {
			if (!k->entry->x)
				warn("%.*s: was read until now, is no longer "
				     "asked for",
				    (int)k->entry->path.len, k->entry->path.at);
			past_over(&file, k->entry->src);
			continue;
		}
		k->next = log->known;
		log->known = k;
	}
	TAILQ_FOREACH(log, &t->logs, all)
	start_log(t, log, resumed);
	TAILQ_FOREACH(log, &t->logs, all)
	{
		for (struct known *k = log->known; k != NULL; k = k->next)
			known_lost(t, k);
		log->known = NULL;
	}
	free(known);
	journal_start(t, resumed);
	cut_mark(t, true);
}
