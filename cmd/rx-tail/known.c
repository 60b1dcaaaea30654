/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/known.h"

#include <string.h>

#include "cmd/rx-tail/past.h"

struct ident
known_file(const struct entry *e)
{
	return (struct ident){ e->dev, e->inode, e->btime_ns };
}

bool
known_born_as(const struct place *p, const struct entry *e)
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
			if (known_born_as(&places[i], k->entry) &&
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

static void
see_rewritten(struct log *log, const struct place *places, size_t n)
{
	for (struct known *k = log->known; k != NULL; k = k->next)
		for (size_t i = 0; i < n && !k->found; i++)
			k->rewritten |= known_born_as(&places[i], k->entry);
}

void
known_match(struct log *log, struct place *places, size_t n)
{
	match_files(log, places, n);
	match_copies(log, places, n);
	match_unread(log, places, n);
	see_rewritten(log, places, n);
}

uint64_t
known_lives(const struct log *log, const struct place *p)
{
	uint64_t gen = 0;

	for (struct known *k = log->known; k != NULL; k = k->next)
		if (known_born_as(p, k->entry) && k->entry->gen >= gen)
			gen = k->entry->gen + 1;
	return gen;
}

/* An anchor inside the head says nothing that the head does not. */
static bool
held_before(int fd, const struct entry *e, const struct pair *at)
{
	struct entry then = *e;
	struct look l;

	then.o = at->o;
	then.anchor_len = at->len;
	memcpy(then.anchor, at->hash, sizeof(then.anchor));
	return at->o > at->len + e->head_len && look_fd(fd, &l) == 0 &&
	    entry_holds(fd, l.size, &then);
}

uint64_t
known_before(const struct log *log, const struct place *p, int fd)
{
	const struct known *last = NULL;
	struct pair older[PAIRS_MAX];
	size_t n;

	for (struct known *k = log->known; k != NULL; k = k->next)
		if (known_born_as(p, k->entry) &&
		    (last == NULL || k->entry->gen > last->entry->gen))
			last = k;
	if (last == NULL || last->found || last->entry->x)
		return 0; /* a copy goes on with it, or it was over */
	n = pairs_parse(last->entry->older, older);
	for (size_t i = 0; i < n; i++)
		if (held_before(fd, last->entry, &older[i]))
			return older[i].o;
	return 0;
}

void
known_lost(struct tail *t, const struct known *k)
{
	const struct entry *e = k->entry;
	struct ident file = known_file(e);

	if (k->found || k->hidden || e->x || !past_has(&file, e->src))
		return;
	if (!k->moved)
		cut_gap(t, e->src, e->o, NULL,
		    k->rewritten ? GAP_TRUNCATED : GAP_DELETED, e->path);
	past_over(&file, e->src);
	cut_over(t, e);
}
