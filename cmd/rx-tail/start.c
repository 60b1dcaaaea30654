#include "cmd/rx-tail/start.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-tail/chain.h"
#include "cmd/rx-tail/chain_files.h"
#include "cmd/rx-tail/log.h"
#include "cmd/rx-tail/patterns.h"
#include "cmd/rx-tail/source.h"
#include "lib/diag.h"
#include "lib/jstr.h"

/* An entry of the claims, and whether a file was found for it. */
struct known {
	struct known *next; /* of the same log */
	const struct entry *entry;
	bool found;
};

/* A file of a log's chain. */
struct place {
	const char *path;
	struct look look;
	struct known *known; /* what it matched */
	bool live;
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
	bool yes;
	int fd = ident_open(p->path, &l);

	if (fd < 0)
		return false;
	yes = ident_eq(&l.id, &p->look.id) && entry_holds(fd, l.size, e);
	close(fd);
	return yes;
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

/* Of what nothing was read yet only the head is known: then a copy is among
 * the files that are newer than all that matched. */
static void
match_unread(struct log *log, struct place *places, size_t n)
{
	for (struct known *k = log->known; k != NULL; k = k->next)
		for (size_t i = n; i-- > 0 && !k->found && k->entry->o == 0 &&
		     places[i].known == NULL;)
			if (!places[i].live && holds(&places[i], k->entry)) {
				places[i].known = k;
				k->found = true;
			}
}

static void
lost(struct tail *t, const struct known *k, bool rewritten)
{
	const struct entry *e = k->entry;

	if (e->x)
		return;
	cut_gap(t, e->src, e->o, NULL, rewritten ? "truncated" : "deleted",
	    e->path);
	cut_over(t, e);
}

static void
say_lost(struct tail *t, struct log *log, const struct place *places, size_t n)
{
	for (struct known *k = log->known; k != NULL; k = k->next) {
		bool rewritten = false;

		if (k->found)
			continue;
		for (size_t i = 0; i < n; i++)
			rewritten |= is_born_as(&places[i], k->entry);
		lost(t, k, rewritten);
	}
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

/* Without a match to compare with: born after everything we knew? */
static bool
is_younger(const struct log *log, const struct place *p)
{
	for (struct known *k = log->known; k != NULL; k = k->next)
		if (k->entry->btime_ns != 0 && p->look.id.btime_ns != 0 &&
		    p->look.id.btime_ns <= k->entry->btime_ns)
			return false;
	return log->known != NULL;
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
		source_name(t, s, false);
}

/* Here when we came, and nobody asked for it: known, so that it is not taken
 * for something new, now or by the next run. */
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

	if (source_resume(t, s, e) < 0)
		chain_unreadable(t, s->log);
	if (p->live)
		s->closed = false;
	else if (e->x && (p->look.size <= e->o || !patterns_match(t, p->path)))
		s->state = SOURCE_DONE;
	if (s->state == SOURCE_DONE)
		source_close(t, s);
	else
		s->closed = false;
}

static void
place_one(struct tail *t, struct log *log, const struct place *p, bool resumed,
    bool is_newer)
{
	struct source *s;

	if (source_find(t, &p->look.id) != NULL)
		return; /* another path leads to it: one source */
	if (p->known == NULL && !p->live &&
	    !is_rotation(log->base, p->path + (log->base - log->path)))
		return; /* only its inode was once one of ours */
	s = p->live ? chain_new_live(t, log, &p->look.id)
		    : source_new(t, log, p->path, &p->look.id, SOURCE_ROTATED);
	s->gen = lives(log, p);
	if (p->known != NULL) {
		s->gen = p->known->entry->gen;
		resume_one(t, s, p);
	} else if (p->live || patterns_match(t, p->path)) {
		begin(t, s, p, t->from_end && !resumed, t->last_n);
	} else if (resumed && is_newer) {
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
	size_t matched = n;

	match_files(log, places, n);
	match_copies(log, places, n);
	match_unread(log, places, n);
	say_lost(t, log, places, n);
	for (size_t i = 0; i < n; i++)
		if (places[i].known != NULL)
			matched = i;
	for (size_t i = 0; i < n; i++)
		place_one(t, log, &places[i], resumed,
		    matched < n ? i > matched : is_younger(log, &places[i]));
}

static void
place_log(struct tail *t, struct log *log, bool resumed)
{
	struct beside_list files;
	struct place *places;
	uint64_t *inodes;
	size_t n = 0, n_known = 0;

	for (struct known *k = log->known; k != NULL; k = k->next)
		n_known++;
	if ((inodes = calloc(n_known + 1, sizeof(*inodes))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	for (struct known *k = log->known; k != NULL; k = k->next)
		inodes[n++] = k->entry->inode;
	chain_files(t, log, inodes, n, &files);
	free(inodes);
	if ((places = calloc(files.n + 1, sizeof(*places))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	for (n = 0; n < files.n; n++)
		places[n] = (struct place){ .path = files.at[n].path,
			.look = files.at[n].look };
	if (files.live_error == 0 && chain_is_own_output(&files.live.id))
		files.live_error = EDEADLK;
	if (files.live_error == 0)
		places[n++] =
		    (struct place){ log->path, files.live, NULL, true };
	else if (t->once || log->named) {
		errno = files.live_error;
		chain_unreadable(t, log);
	}
	place_all(t, log, places, n, resumed);
	free(places);
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

		k->entry = &claims->pos[i];
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
	log->known = NULL;
	free(known);
	cut_mark(t, true);
}
