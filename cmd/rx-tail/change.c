/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/change.h"

#include <string.h>
#include <unistd.h>

#include "cmd/rx-tail/chain.h"
#include "cmd/rx-tail/chain_files.h"
#include "cmd/rx-tail/join.h"
#include "cmd/rx-tail/log.h"
#include "cmd/rx-tail/source.h"
#include "lib/diag.h"
#include "lib/stop.h"
#include "lib/whole.h"

enum resemblance {
	OTHER, /* another file */
	OLD_COPY, /* a copy, but of less than was read */
	COPY /* holds all that was read, maybe more */
};

static bool
same_head(int fd, const struct source *s)
{
	char head[MARK_HEAD], hex[DIGEST_HEX + 1];
	struct span bytes = { head, s->head_len };

	if (*s->src == '\0' ||
	    read_at(fd, head, bytes.len, 0) != (ssize_t)bytes.len)
		return false;
	digest_hex(&bytes, 1, hex);
	return strcmp(hex, s->head) == 0;
}

static enum resemblance
compare(int fd, uint64_t size, const struct source *s)
{
	if (!same_head(fd, s))
		return OTHER;
	if (size >= s->o && anchor_holds(fd, s->o, &s->anchor))
		return COPY;
	for (unsigned i = 0; i < s->n_past; i++)
		if (s->past[i].o > 0 && size >= s->past[i].o &&
		    anchor_holds(fd, s->past[i].o, &s->past[i].anchor))
			return OLD_COPY;
	return OTHER;
}

static enum resemblance
compare_beside(const struct beside *b, const struct source *s)
{
	struct look l;
	enum resemblance r;
	int fd = b->known != NULL ? b->known->fd : b->fd;
	bool held = fd >= 0;

	if (!held && (fd = ident_open(b->path, &l)) < 0)
		return OTHER;
	r = look_fd(fd, &l) == 0 && ident_eq(&l.id, &b->look.id)
	    ? compare(fd, l.size, s)
	    : OTHER;
	if (!held)
		close(fd);
	return r;
}

/* Known, but only as something that is not read. */
static void
ignore(struct tail *t, struct log *log, const struct beside *b)
{
	struct source *s =
	    source_new(t, log, b->path, &b->look.id, SOURCE_DONE);

	s->copy = true;
}

/* Nothing was read of it yet: it may still turn out to be a copy. */
static bool
is_fresh(const struct source *s)
{
	return s->state == SOURCE_ROTATED && s->o == 0 && s->seen == 0;
}

/* The copy that goes on for s; copies of less are put aside. */
static size_t
find_copy(struct tail *t, struct source *s, const struct beside_list *files)
{
	size_t found = files->n;

	for (size_t i = 0; i < files->n; i++) {
		const struct beside *b = &files->at[i];

		if (b->known != NULL && !b->known->copy && !is_fresh(b->known))
			continue;
		switch (compare_beside(b, s)) {
		case OTHER: break;
		case OLD_COPY:
			if (b->known == NULL)
				ignore(t, s->log, b);
			break;
		case COPY: found = i; break;
		}
	}
	return found;
}

static void
take_unknown(
    struct tail *t, struct log *log, struct beside_list *files, size_t from)
{
	for (size_t i = from; i < files->n; i++)
		if (source_find(t, &files->at[i].look.id) == NULL)
			chain_joined(t, log, &files->at[i]);
}

/* What is finished needs to be known only as long as it can be seen. */
static void
forget_lost(struct tail *t, struct log *log)
{
	struct source *s, *next;
	struct look l;

	for (s = TAILQ_FIRST(&log->chain); s != NULL; s = next) {
		next = TAILQ_NEXT(s, chain);
		if (s->state == SOURCE_DONE && !s->forget &&
		    (look_path(s->where, &l) < 0 || !ident_eq(&l.id, &s->id)))
			source_drop(t, s);
	}
}

void
change_find_between(struct tail *t, struct log *log, struct beside_list *files)
{
	chain_files_anew(t, log);
	chain_files(t, log, NULL, 0, files);
	take_unknown(t, log, files, 0);
	forget_lost(t, log);
}

/* It goes on in a file that is older than these, which may have joined before
 * anybody saw what they are copies of. */
static void
put_before(struct source *s, const struct beside_list *files, size_t from)
{
	struct chain *chain = &s->log->chain;
	struct source *other;

	TAILQ_FOREACH(other, chain, chain)
	for (size_t i = from; i < files->n && other != s; i++)
		if (ident_eq(&files->at[i].look.id, &other->id)) {
			TAILQ_REMOVE(chain, s, chain);
			TAILQ_INSERT_BEFORE(other, s, chain);
			return;
		}
}

void
change_of(struct tail *t, struct source *s)
{
	struct log *log = s->log;
	enum source_state state = s->state;
	struct ident id = s->id;
	uint64_t gen = s->gen;
	struct beside_list files;
	struct source *next;
	size_t copy;

	chain_files_anew(t, log);
	chain_files(t, log, NULL, 0, &files);
	copy = find_copy(t, s, &files);
	count_rotation(&t->counters,
	    copy < files.n ? ROTATION_COPIED : ROTATION_TRUNCATED);
	if (copy < files.n) {
		debug("%s: goes on in its copy %s", log->path,
		    files.at[copy].path);
		source_adopt(
		    t, s, &files.at[copy].look.id, files.at[copy].path);
		put_before(s, &files, copy + 1);
		s->state = SOURCE_ROTATED;
		s->seen = 0;
		s->left_ms = stop_now_ms();
	} else {
		join_flush(t, log);
		source_gap(t, s, GAP_TRUNCATED);
		s->closed = true;
		cut_moved(t, s);
		source_drop(t, s);
	}
	next = source_new(t, log, log->path, &id, state);
	next->gen = gen + 1;
	take_unknown(t, log, &files, copy < files.n ? copy + 1 : 0);
	chain_files_release(&files);
	forget_lost(t, log);
}

bool
change_same_bytes(struct tail *t, int fd, uint64_t size, struct source *s)
{
	struct anchor end;
	struct look l;

	return same_head(fd, s) && source_open(t, s) == 0 &&
	    look_fd(s->fd, &l) == 0 && size <= l.size &&
	    anchor_read(fd, size, &end) == 0 && anchor_holds(s->fd, size, &end);
}

/* Is the file of s still the one that s is about?  Before anything was read,
 * its head must tell. */
static bool
is_intact(struct tail *t, struct source *s)
{
	if (source_open(t, s) < 0)
		return true; /* another turn tells */
	return s->o > 0 ? anchor_holds(s->fd, s->o, &s->anchor)
			: same_head(s->fd, s);
}

bool
change_is_copy(struct tail *t, struct source *fresh)
{
	struct source *s;
	struct look l;

	if (source_open(t, fresh) < 0 || look_fd(fresh->fd, &l) < 0)
		return false;
	TAILQ_FOREACH(s, &fresh->log->chain, chain)
	{
		if (s == fresh || s->copy)
			continue;
		if (source_wanted(s))
			source_name(t, s, false); /* it may be unread */
		if (!change_same_bytes(t, fresh->fd, l.size, s)) {
			/*
			 * Asked behind the comparison, and of files that begin
			 * otherwise, too: a truncation that nobody has noticed
			 * hides what the copy is a copy of.
			 */
			if (!source_wanted(s) || *s->src == '\0' ||
			    is_intact(t, s))
				continue;
			change_of(t, s); /* may adopt the fresh one */
			return true;
		}
		debug("%s: a copy of %s, not read", fresh->where, s->where);
		fresh->copy = true;
		fresh->state = SOURCE_DONE;
		source_close(t, fresh);
		return true;
	}
	return false;
}
