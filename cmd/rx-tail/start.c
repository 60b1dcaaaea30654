#include "cmd/rx-tail/start.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-tail/chain.h"
#include "cmd/rx-tail/chain_files.h"
#include "cmd/rx-tail/log.h"
#include "cmd/rx-tail/past.h"
#include "cmd/rx-tail/patterns.h"
#include "cmd/rx-tail/source.h"
#include "lib/diag.h"
#include "lib/jstr.h"

/* An entry of the claims, and whether a file was found for it. */
struct known {
	struct known *next; /* of the same log */
	const struct entry *entry;
	bool found;
	bool rewritten; /* its file is there, and is another */
	bool hidden; /* its file may be there: it cannot be looked at now */
	bool moved; /* unread; its bytes are in a file that is read as new */
};

/* A file of a log's chain. */
struct place {
	const char *path;
	struct look look;
	int fd; /* held: names may be shifted while we look */
	struct known *known; /* what it matched */
	bool live;
	bool wanted; /* holds what an entry had not read yet */
};

static bool
is_born_as(const struct place *p, const struct entry *e)
{
	return p->look.id.inode == e->inode &&
	    p->look.id.btime_ns == e->btime_ns;
}

static bool
holds(const struct place *p, const struct entry *e)
{
	struct look l;

	return look_fd(p->fd, &l) == 0 && entry_holds(p->fd, l.size, e);
}

/* First the files themselves, of several lives of one the latest. */
static void
match_files(struct log *log, struct place *places, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct known *best = NULL;

		for (struct known *k = log->known; k != NULL; k = k->next)
			if (is_born_as(&places[i], k->entry) &&
			    (best == NULL ||
				k->entry->gen > best->entry->gen) &&
			    holds(&places[i], k->entry))
				best = k;
		if ((places[i].known = best) != NULL)
			best->found = true;
	}
}

/* Then copies, for those whose own file is gone or rewritten. */
static void
match_copies(struct log *log, struct place *places, size_t n)
{
	for (struct known *k = log->known; k != NULL; k = k->next)
		for (size_t i = 0; i < n && !k->found && k->entry->o > 0; i++)
			if (places[i].known == NULL &&
			    holds(&places[i], k->entry)) {
				places[i].known = k;
				k->found = true;
			}
}

/*
 * Of what nothing was read yet only the head is known.  A file that begins so
 * holds it, the newest if there are several; it is read as a new source.
 */
static void
match_unread(struct log *log, struct place *places, size_t n)
{
	for (struct known *k = log->known; k != NULL; k = k->next)
		for (size_t i = n;
		     i-- > 0 && !k->found && !k->moved && k->entry->o == 0;)
			if (places[i].known == NULL && !places[i].live &&
			    !places[i].wanted && holds(&places[i], k->entry))
				k->moved = places[i].wanted = true;
}

static struct ident
file_of(const struct entry *e)
{
	return (struct ident){ e->dev, e->inode, e->btime_ns };
}

static void
see_rewritten(struct log *log, const struct place *places, size_t n)
{
	for (struct known *k = log->known; k != NULL; k = k->next)
		for (size_t i = 0; i < n && !k->found; i++)
			k->rewritten |= is_born_as(&places[i], k->entry);
}

/* Nobody goes on with it, nobody knows better: it is over. */
static void
lost(struct tail *t, const struct known *k)
{
	const struct entry *e = k->entry;
	struct ident file = file_of(e);

	if (k->found || k->hidden || e->x || !past_has(&file, e->src))
		return;
	if (!k->moved)
		cut_gap(t, e->src, e->o, NULL,
		    k->rewritten ? GAP_TRUNCATED : GAP_DELETED, e->path);
	cut_over(t, e);
}

/* How many lives this file had before. */
static uint64_t
lives(const struct log *log, const struct place *p)
{
	uint64_t gen = 0;

	for (struct known *k = log->known; k != NULL; k = k->next)
		if (is_born_as(p, k->entry) && k->entry->gen >= gen)
			gen = k->entry->gen + 1;
	return gen;
}

static void
begin(struct tail *t, struct source *s, const struct place *p, bool end,
    uint64_t last_n)
{
	uint64_t offset = 0;

	if (source_open(t, s) < 0) {
		chain_unreadable(t, s->log);
		return;
	}
	if (end && last_lines(s->fd, p->look.size, last_n, &offset) < 0)
		offset = 0;
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
	if (t->marks && source_open(t, s) == 0 &&
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
	struct ident file = file_of(e);

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
place_one(struct tail *t, struct log *log, const struct place *p, bool resumed)
{
	struct source *s;

	if (source_find(t, &p->look.id) != NULL)
		return; /* another path leads to it: one source */
	if (p->known == NULL && !p->live &&
	    !is_rotation(log->base, p->path + (log->base - log->path)))
		return; /* only its inode was once one of ours */
	s = p->live ? chain_new_live(t, log, &p->look.id)
		    : source_new(t, log, p->path, &p->look.id, SOURCE_ROTATED);
	source_lend(t, s, p->fd);
	s->gen = lives(log, p);
	if (p->known != NULL) {
		s->gen = p->known->entry->gen;
		resume_one(t, s, p);
	} else if (p->live || patterns_match(t, p->path)) {
		begin(t, s, p, t->from_end && !resumed, t->last_n);
	} else if (resumed) {
		debug("%s: is new in the chain of %s", p->path, log->path);
		begin(t, s, p, false, 0);
	} else {
		put_aside(t, s, p);
	}
}

static void
place_all(struct tail *t, struct log *log, struct place *places, size_t n,
    bool resumed)
{
	match_files(log, places, n);
	match_copies(log, places, n);
	match_unread(log, places, n);
	see_rewritten(log, places, n);
	for (size_t i = 0; i < n; i++)
		place_one(t, log, &places[i], resumed);
}

/* Open it; false when path no longer leads to what was looked at. */
static bool
open_place(
    struct tail *t, struct place *p, const char *path, const struct look *look)
{
	struct look l;

	*p = (struct place){ .path = path, .look = *look };
	while ((p->fd = ident_open(path, &l)) < 0 &&
	    (errno == EMFILE || errno == ENFILE) && !TAILQ_EMPTY(&t->open))
		source_close(t, TAILQ_FIRST(&t->open));
	return p->fd >= 0 ? ident_eq(&l.id, &look->id) : errno != ENOENT;
}

/* It is there, but not for us, or not now. */
static void
hide(struct log *log, const struct place *p)
{
	if (errno == ENOENT)
		return;
	if (!p->live)
		warn_sys("%s: unable to read", p->path);
	for (struct known *k = log->known; k != NULL; k = k->next)
		k->hidden |= is_born_as(p, k->entry);
}

/* No file of the chain can be looked at. */
static void
hide_all(struct log *log, int error)
{
	if (error == 0 || error == ENOENT || error == ENOTDIR ||
	    error == EINVAL)
		return;
	for (struct known *k = log->known; k != NULL; k = k->next)
		k->hidden = true;
}

static void
close_places(struct place *places, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (places[i].fd >= 0)
			close(places[i].fd);
	free(places);
}

/* All files of the chain, open; their number in n.  False: names are being
 * shifted right now. */
static bool
open_chain(struct tail *t, struct log *log, const struct beside_list *files,
    struct place **places, size_t *n)
{
	bool steady = true;

	*n = 0;
	if ((*places = calloc(files->n + 1, sizeof(**places))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	for (size_t i = 0; i < files->n; i++) {
		struct place *p = &(*places)[*n];

		steady &=
		    open_place(t, p, files->at[i].path, &files->at[i].look);
		*n += p->fd >= 0;
		if (p->fd < 0)
			hide(log, p);
	}
	if (files->live_error == 0 && !chain_is_own_output(&files->live.id)) {
		struct place *p = &(*places)[*n];

		steady &= open_place(t, p, log->path, &files->live);
		p->live = true;
		*n += p->fd >= 0;
		if (p->fd < 0)
			hide(log, p);
	}
	return steady;
}

static void
say_unreadable(struct tail *t, struct log *log, const struct beside_list *files,
    const struct place *places, size_t n)
{
	struct look l;
	int fd;

	if (n > 0 && places[n - 1].live)
		return;
	errno = files->live_error;
	if (errno == 0 && chain_is_own_output(&files->live.id))
		errno = EDEADLK;
	else if (errno == 0 && (fd = ident_open(log->path, &l)) >= 0)
		close(fd); /* it came back: the first turn finds it */
	if (t->once || log->named || errno != ENOENT)
		chain_unreadable(t, log);
}

static void
place_log(struct tail *t, struct log *log, bool resumed)
{
	struct beside_list files;
	struct place *places;
	uint64_t *inodes;
	size_t n = 0;

	for (struct known *k = log->known; k != NULL; k = k->next)
		n++;
	if ((inodes = calloc(n + 1, sizeof(*inodes))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	n = 0;
	for (struct known *k = log->known; k != NULL; k = k->next)
		inodes[n++] = k->entry->inode;
	for (int i = 0; i < CHAIN_TRIES; i++) {
		size_t n_places;

		chain_files(t, log, inodes, n, &files);
		if (open_chain(t, log, &files, &places, &n_places) ||
		    i + 1 == CHAIN_TRIES) {
			n = n_places;
			break;
		}
		close_places(places, n_places);
		chain_files_release(&files);
		listing_forget(&t->listing);
	}
	free(inodes);
	say_unreadable(t, log, &files, places, n);
	hide_all(log, files.live_error);
	place_all(t, log, places, n, resumed);
	close_places(places, n);
	chain_files_release(&files);
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
		file = file_of(k->entry);
		past_add(&file, k->entry);
		if ((log = log_of(t, k->entry)) == NULL) {
			if (!k->entry->x)
				warn("%.*s: was read until now, is no longer "
				     "asked for",
				    (int)k->entry->path.len, k->entry->path.at);
			continue;
		}
		k->next = log->known;
		log->known = k;
	}
	TAILQ_FOREACH(log, &t->logs, all)
	place_log(t, log, resumed);
	TAILQ_FOREACH(log, &t->logs, all)
	{
		for (struct known *k = log->known; k != NULL; k = k->next)
			lost(t, k);
		log->known = NULL;
	}
	free(known);
	cut_mark(t, true);
}
