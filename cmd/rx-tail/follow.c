/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/follow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-tail/fragment.h"
#include "cmd/rx-tail/source.h"
#include "cmd/rx-tail/split.h"
#include "lib/crash.h"
#include "lib/diag.h"
#include "lib/stop.h"
#include "lib/whole.h"

static struct window window;

static void
take_anchor(struct source *s, const struct window *w)
{
	s->anchor.len = anchor_len(s->o);
	memcpy(
	    s->anchor.bytes, w->buf + w->start - s->anchor.len, s->anchor.len);
}

/* A file that is begun must still begin as when it was named. */
static bool
head_is(const struct source *s, const struct window *w)
{
	struct span head = { w->buf, s->head_len };
	char hex[DIGEST_HEX + 1];

	if (w->end < head.len)
		return false;
	digest_hex(&head, 1, hex);
	return strcmp(hex, s->head) == 0;
}

/* What grows behind the last look is told by another event: asking for no more
 * spares the read that would only find the end. */
static size_t
readable(const struct source *s, uint64_t offset)
{
	uint64_t there = s->size > offset ? s->size - offset : 0;

	return there < FOLLOW_READ ? (size_t)there : FOLLOW_READ;
}

/* The first read of a turn brings the anchor along. */
static enum followed
read_first(struct source *s, struct window *w)
{
	size_t before = s->anchor.len, most = readable(s, s->o);
	ssize_t got = read_at(s->fd, w->buf, before + most, s->o - before);

	if (got < 0)
		return FOLLOW_GONE;
	if ((size_t)got < before ||
	    memcmp(w->buf, s->anchor.bytes, before) != 0)
		return FOLLOW_CHANGED;
	w->start = before;
	w->end = (size_t)got;
	if (s->o == 0 && !head_is(s, w))
		return FOLLOW_CHANGED;
	return w->end - w->start < FOLLOW_READ ? FOLLOW_IDLE : FOLLOW_MORE;
}

/* The next ones keep what is left, and the anchor before it. */
static enum followed
read_next(struct source *s, struct window *w)
{
	size_t from = w->start - s->anchor.len, left = w->end - w->start;
	ssize_t got;

	memmove(w->buf, w->buf + from, w->end - from);
	w->start -= from;
	w->end -= from;
	got = read_at(
	    s->fd, w->buf + w->end, readable(s, s->o + left), s->o + left);
	if (got < 0)
		return FOLLOW_GONE;
	w->end += (size_t)got;
	return got < FOLLOW_READ ? FOLLOW_IDLE : FOLLOW_MORE;
}

/* False: no more lines than these may go now, what follows is left unread. */
static bool
keep_rate(struct tail *t, struct window *w)
{
	size_t len = w->end - w->start;
	size_t may = rate_cut(&t->rate, w->buf + w->start, len);

	w->end = w->start + may;
	return may == len;
}

static void
hand_on(struct tail *t, struct source *s, struct window *w, bool final)
{
	uint64_t o = s->o;
	uintmax_t lines = t->lines;

	split(t, s, w, final);
	s->log->bytes += s->o - o;
	s->log->lines += t->lines - lines;
}

static enum followed
take(struct tail *t, struct source *s, bool final)
{
	struct window *w = &window;
	enum followed r = FOLLOW_MORE;
	bool free = true;

	for (size_t done = 0; free && done < FOLLOW_TURN && r == FOLLOW_MORE;
	     done += FOLLOW_READ) {
		r = done == 0 ? read_first(s, w) : read_next(s, w);
		CRASH("tail.read");
		if (r == FOLLOW_GONE || r == FOLLOW_CHANGED)
			return r;
		if (!anchor_holds(s->fd, s->o, &s->anchor))
			return FOLLOW_CHANGED;
		w->read_ns = rtime_now_ns();
		if (s->encoding == ENCODING_UNKNOWN)
			source_learn(s, true);
		if (!(free = keep_rate(t, w)))
			r = FOLLOW_MORE;
		hand_on(t, s, w, final && r == FOLLOW_IDLE);
		take_anchor(s, w);
	}
	s->half = r == FOLLOW_IDLE && w->start < w->end;
	return r;
}

/* Nothing happened since its end was seen. */
static bool
is_idle(const struct source *s, const struct look *l, bool final)
{
	return !(final && s->half) && l->size == s->seen &&
	    l->mtime_ns == s->mtime_ns;
}

/* It has no descriptor.  Where it is now, or that it is lost, its next turn
 * finds out. */
static bool
is_as_seen(const struct source *s)
{
	struct look l;

	if (s->log->fails != 0)
		return true; /* what cannot be read is not waited for */
	if (look_path(s->where, &l) < 0)
		return errno != ENOENT;
	return ident_eq(&l.id, &s->id) && l.size <= s->size;
}

/*
 * Who moves to a new file wrote his last line to the old one before.  So what
 * the new one is seen to hold comes behind what the old one holds after that:
 * it may have grown since it was read.
 */
static bool
older_grew(struct source *s)
{
	struct look l;

	while ((s = TAILQ_PREV(s, chain, chain)) != NULL) {
		if (!source_wanted(s) || s->packed != NULL)
			continue;
		if (s->fd >= 0 ? look_fd(s->fd, &l) == 0 && l.size > s->size
			       : !is_as_seen(s))
			return true;
	}
	return false;
}

bool
follow_is_read(const struct source *s)
{
	bool named = *s->src != '\0';
	struct look l;

	if (s->fd >= 0
		? look_fd(s->fd, &l) < 0
		: look_path(s->where, &l) < 0 || !ident_eq(&l.id, &s->id))
		return true; /* gone: its next turn sees to that */
	return l.size == (named ? s->seen : s->size) &&
	    l.mtime_ns == s->mtime_ns;
}

enum followed
follow(struct tail *t, struct source *s, bool final)
{
	enum followed r;
	struct look l;

	if (window.buf == NULL &&
	    (window.buf = malloc(MARK_ANCHOR + FRAGMENT_NEED + FOLLOW_READ)) ==
		NULL)
		die(EX_TEMPFAIL, "out of memory");
	/* One that lost its descriptor while idle is opened when it moved. */
	if (s->fd < 0 && look_path(s->where, &l) == 0 &&
	    ident_eq(&l.id, &s->id) && is_idle(s, &l, final))
		return FOLLOW_IDLE;
	if (source_open(t, s) < 0 || look_fd(s->fd, &l) < 0)
		return FOLLOW_GONE;
	if (l.size < s->o)
		return FOLLOW_CHANGED;
	s->size = l.size;
	if (is_idle(s, &l, final))
		return FOLLOW_IDLE;
	if (s->behind_ms == 0)
		s->behind_ms = stop_now_ms();
	if (!rate_open(&t->rate) || older_grew(s))
		return FOLLOW_MORE;
	if ((r = take(t, s, final)) == FOLLOW_IDLE) {
		if (l.size != s->seen)
			s->grew_ms = stop_now_ms();
		s->behind_ms = 0;
		s->seen = l.size;
		s->mtime_ns = l.mtime_ns;
		source_remember(s, s->grew_ms);
	}
	return r;
}
