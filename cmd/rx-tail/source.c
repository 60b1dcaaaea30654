/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-tail/join.h"
#include "cmd/rx-tail/packed.h"
#include "cmd/rx-tail/past.h"
#include "cmd/rx-tail/tree.h"
#include "lib/diag.h"
#include "lib/stop.h"
#include "lib/whole.h"

#define PAST_MS 500

static int
by_id(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	if (x->id.inode != y->id.inode)
		return x->id.inode < y->id.inode ? -1 : 1;
	if (x->id.btime_ns != y->id.btime_ns)
		return x->id.btime_ns < y->id.btime_ns ? -1 : 1;
	return x->id.dev < y->id.dev ? -1 : x->id.dev > y->id.dev;
}

struct source *
source_find(struct tail *t, const struct ident *id)
{
	struct source wanted = { .id = *id };

	return tree_find(t->sources_by_id, &wanted, by_id);
}

/* The old life of a file that was rewritten shares its ident with the new one,
 * and gives way. */
static void
know(struct tail *t, struct source *s)
{
	struct source *old = source_find(t, &s->id);

	if (old != NULL)
		tree_remove(&t->sources_by_id, old, by_id);
	tree_add(&t->sources_by_id, s, by_id);
}

static void
unknow(struct tail *t, struct source *s)
{
	if (source_find(t, &s->id) == s)
		tree_remove(&t->sources_by_id, s, by_id);
}

struct source *
source_new(struct tail *t, struct log *log, const char *where,
    const struct ident *id, enum source_state state)
{
	struct source *s = calloc(1, sizeof(*s));

	if (s == NULL || (s->where = strdup(where)) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	s->log = log;
	s->id = s->born = *id;
	s->state = state;
	s->fd = -1;
	s->grew_ms = s->left_ms = stop_now_ms();
	know(t, s);
	TAILQ_INSERT_TAIL(&log->chain, s, chain);
	return s;
}

void
source_close(struct tail *t, struct source *s)
{
	if (s->fd < 0)
		return;
	close(s->fd);
	s->fd = -1;
	t->n_open--;
	TAILQ_REMOVE(&t->open, s, open);
}

void
source_free(struct tail *t, struct source *s)
{
	source_close(t, s);
	packed_free(s->packed);
	unknow(t, s);
	TAILQ_REMOVE(&s->log->chain, s, chain);
	free(s->where);
	free(s);
}

void
source_entry(const struct source *s, struct entry *e)
{
	const struct anchor *anchor = &s->anchor;

	*e = (struct entry){
		.o = s->o,
		.gen = s->gen,
		.inode = s->born.inode,
		.dev = s->born.dev,
		.btime_ns = s->born.btime_ns,
		.head_len = s->head_len,
		.anchor_len = s->anchor.len,
		.path = s->log->path_json,
		.fr = s->fr,
		.x = s->closed,
	};
	if (s->hold.on) {
		e->o = s->hold.at.o;
		e->fr = s->hold.at.fr;
		anchor = &s->hold.at.anchor;
		e->anchor_len = anchor->len;
	}
	memcpy(e->src, s->src, sizeof(e->src));
	memcpy(e->head, s->head, sizeof(e->head));
	anchor_hash(anchor, e->anchor);
}

void
source_gap(struct tail *t, const struct source *s, enum gap kind)
{
	if (s->size > s->o)
		t->counters.abandoned += s->size - s->o;
	cut_gap(t, s->src, s->o, NULL, kind, s->log->path_json);
}

void
source_drop(struct tail *t, struct source *s)
{
	struct entry e;

	if (join_needs(s))
		join_flush(t, s->log);
	if (t->keeps && !s->copy && *s->src != '\0') {
		source_entry(s, &e);
		past_add(&s->id, &e, rtime_now_ns());
	}
	s->state = SOURCE_DONE;
	s->forget = true;
	source_close(t, s);
	if (!s->dirty)
		source_free(t, s);
	else
		unknow(t, s);
}

int
source_open_path(struct tail *t, const char *path, struct look *l)
{
	int fd;

	while ((fd = ident_open(path, l)) < 0 &&
	    (errno == EMFILE || errno == ENFILE) && !TAILQ_EMPTY(&t->open))
		source_close(t, TAILQ_FIRST(&t->open));
	return fd;
}

static void
hold(struct tail *t, struct source *s, int fd)
{
	s->fd = fd;
	t->n_open++;
	TAILQ_INSERT_TAIL(&t->open, s, open);
}

int
source_open(struct tail *t, struct source *s)
{
	struct look l;
	int fd;

	if (s->fd >= 0) {
		TAILQ_REMOVE(&t->open, s, open);
		TAILQ_INSERT_TAIL(&t->open, s, open);
		return 0;
	}
	if (t->n_open >= t->max_open)
		source_close(t, TAILQ_FIRST(&t->open));
	if ((fd = source_open_path(t, s->where, &l)) < 0)
		return -1;
	if (!ident_eq(&l.id, &s->id)) {
		close(fd);
		errno = ENOENT;
		return -1;
	}
	hold(t, s, fd);
	return 0;
}

void
source_take(struct tail *t, struct source *s, int *fd)
{
	if (*fd < 0 || s->fd >= 0 || t->n_open >= t->max_open)
		return;
	hold(t, s, *fd);
	*fd = -1;
}

void
source_moved_to(struct source *s, const char *where)
{
	char *copy;

	if (strcmp(s->where, where) == 0)
		return;
	if ((copy = strdup(where)) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	free(s->where);
	s->where = copy;
}

void
source_adopt(
    struct tail *t, struct source *s, const struct ident *id, const char *where)
{
	struct source *ignored = source_find(t, id);

	source_moved_to(s, where); /* first: where may be that of ignored */
	if (ignored != NULL && ignored != s)
		source_drop(t, ignored);
	source_close(t, s);
	unknow(t, s);
	s->id = *id;
	know(t, s);
}

int
source_resume(struct tail *t, struct source *s, const struct entry *e)
{
	memcpy(s->src, e->src, sizeof(s->src));
	memcpy(s->head, e->head, sizeof(s->head));
	s->head_len = (unsigned)e->head_len;
	s->gen = e->gen;
	s->born.inode = e->inode;
	s->born.btime_ns = e->btime_ns;
	s->o = e->o;
	s->fr = e->fr;
	s->closed = e->x;
	if (source_open(t, s) < 0 || anchor_read(s->fd, s->o, &s->anchor) < 0)
		return -1;
	join_resumed(s);
	return 0;
}

/* Was it one of ours before it went?  Then it goes on as that. */
static int
came_back(struct tail *t, struct source *s)
{
	struct entry e;
	struct look l;

	if (!t->keeps || s->gen > 0)
		return 0;
	if (look_fd(s->fd, &l) < 0)
		return -1;
	if (!past_take(&s->id, s->fd, l.size, &e, &s->gen))
		return 0;
	if (source_resume(t, s, &e) < 0) {
		e.path = s->log->path_json;
		past_add(&s->id, &e,
		    rtime_now_ns()); /* it changed under our eyes: again */
		*s->src = '\0';
		s->o = s->fr = s->gen = 0;
		errno = EAGAIN;
		return -1;
	}
	debug("%s: is back", s->where);
	s->closed = false;
	cut_moved(t, s);
	return 1;
}

int
source_name(struct tail *t, struct source *s, bool final)
{
	char head[MARK_HEAD];
	struct span bytes = { head, 0 };
	int len, back;

	if (*s->src != '\0')
		return 1;
	if (source_open(t, s) < 0 || (len = head_read(s->fd, final, head)) < 0)
		return -1;
	if (len == 0)
		return 0;
	if ((back = came_back(t, s)) != 0)
		return back;
	bytes.len = s->head_len = (unsigned)len;
	digest_hex(&bytes, 1, s->head);
	src_of(s->src, t->node_id, &s->born, bytes, s->gen);
	return 1;
}

void
source_learn(struct source *s, bool final)
{
	char first[3];
	ssize_t got;

	if (s->encoding == ENCODING_UNKNOWN &&
	    (got = read_at(s->fd, first, sizeof(first), 0)) > 0)
		s->encoding =
		    encoding_of((struct span){ first, (size_t)got }, final);
}

int
source_seek(struct source *s, uint64_t offset)
{
	source_learn(s, false);
	s->o = offset;
	s->fr = 0;
	return anchor_read(s->fd, offset, &s->anchor);
}

void
source_remember(struct source *s, int64_t now_ms)
{
	unsigned keep =
	    s->n_past < SOURCE_PAST - 1 ? s->n_past : SOURCE_PAST - 1;

	if (now_ms - s->past_ms < PAST_MS ||
	    (s->n_past > 0 && s->past[0].o == s->o))
		return;
	memmove(s->past + 1, s->past, keep * sizeof(*s->past));
	s->past[0].o = s->o;
	s->past[0].anchor = s->anchor;
	s->n_past = keep + 1;
	s->past_ms = now_ms;
}
