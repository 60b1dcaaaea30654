/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/split.h"

#include <string.h>

#include "cmd/rx-tail/fragment.h"
#include "cmd/rx-tail/join.h"
#include "cmd/rx-tail/own.h"
#include "cmd/rx-tail/render.h"
#include "lib/crash.h"

/* One record: from start on, text bytes and then ending ones. */
static void
emit(struct tail *t, struct source *s, struct window *w, struct piece *p,
    size_t text, size_t ending)
{
	size_t n = 0;

	p->text = (struct span){ w->buf + w->start, text };
	if (s->encoding > ENCODING_PLAIN)
		p->text = encoding_text(s->encoding, p->text, s->o);
	p->o = s->o;
	p->e = s->o + text + ending;
	p->f = s->fr;
	p->read_ns = w->read_ns;
	if (s->log->join == NULL)
		n = render_piece(t, s->log, s->src, p);
	else
		join_line(t, s, p, w->buf + w->start);
	w->start += text + ending;
	s->o = p->e;
	s->fr = p->fragment && !p->last ? s->fr + 1 : 0;
	t->lines++;
	t->bytes += text + ending;
	CRASH("tail.line");
	if (!t->marks)
		return;
	cut_moved(t, s);
	if (n > 0)
		cut_count(&t->cut, n);
	if (cut_due(&t->cut)) {
		s->anchor.len = anchor_len(s->o);
		memcpy(s->anchor.bytes, w->buf + w->start - s->anchor.len,
		    s->anchor.len);
		cut_mark(t, false);
	}
}

/* A line that is long, or was begun: text bytes and its end, if it has one. */
static void
emit_long(struct tail *t, struct source *s, struct window *w, size_t text,
    size_t ending, bool complete)
{
	while (text > 0 || (complete && ending > 0)) {
		struct span rest = { w->buf + w->start, text };
		size_t cut = fragment_cut(rest, complete);
		struct piece p = { .last = complete && cut == text };

		if (cut == 0 && !p.last)
			return; /* not known yet */
		p.fragment = s->fr > 0 || !p.last;
		p.torn = p.last && ending == 0;
		emit(t, s, w, &p, cut, p.last ? ending : 0);
		if (p.last)
			return;
		text -= cut;
	}
}

/* Bytes of UTF-16 that a line begins with, and its end, if it has one. */
static void
emit_wide(struct tail *t, struct source *s, struct window *w, size_t text,
    size_t ending, bool complete)
{
	size_t cut;

	for (;;) {
		struct span rest = { w->buf + w->start, text };
		struct piece p = { .fragment = true };

		if ((cut = encoding_cut(s->encoding, rest)) == 0)
			break;
		emit(t, s, w, &p, cut, 0);
		text -= cut;
	}
	if (complete) {
		struct piece p = {
			.fragment = s->fr > 0,
			.last = true,
			.torn = ending == 0,
		};

		emit(t, s, w, &p, text, ending);
	}
}

static void
split_wide(struct tail *t, struct source *s, struct window *w, bool final)
{
	size_t len;

	while (encoding_line(s->encoding,
	    (struct span){ w->buf + w->start, w->end - w->start }, &len))
		emit_wide(t, s, w, len, 2, true);
	if ((len = w->end - w->start) > 0)
		emit_wide(t, s, w, len, 0, final);
}

/* A joined record may be older than the window, UTF-16 looks otherwise. */
static bool
may_be_own(const struct source *s, const struct window *w)
{
	return s->log->join != NULL || encoding_is_wide(s->encoding) ||
	    own_may_be((struct span){ w->buf + w->start, w->end - w->start });
}

/* Lines that need nothing but to be told: the hot loop. */
static void
emit_plain(struct tail *t, struct source *s, struct window *w)
{
	const size_t start = w->start;
	size_t len;

	while ((len = render_line(t, s->log,
		    (struct span){ w->buf + w->start, w->end - w->start },
		    w->read_ns)) != SIZE_MAX) {
		w->start += len + 1;
		t->lines++;
		CRASH("tail.line");
	}
	s->o += w->start - start;
	t->bytes += w->start - start;
}

void
split(struct tail *t, struct source *s, struct window *w, bool final)
{
	struct piece p = { .last = false };
	bool plain;
	const char *lf;
	size_t left;

	t->own_near = t->timeless && may_be_own(s, w);
	if (encoding_is_wide(s->encoding)) {
		split_wide(t, s, w, final);
		return;
	}
	plain = t->timeless && !t->raw && !t->marks && !t->own_near &&
	    s->log->join == NULL && s->encoding == ENCODING_PLAIN;
	for (;;) {
		size_t len;

		if (plain && s->fr == 0)
			emit_plain(t, s, w);
		lf = memchr(w->buf + w->start, '\n', w->end - w->start);
		if (lf == NULL)
			break;
		len = (size_t)(lf - (w->buf + w->start));
		if (len > FRAGMENT_SURE || s->fr > 0)
			emit_long(t, s, w, len, 1, true);
		else
			emit(t, s, w, &p, len, 1);
	}
	left = w->end - w->start;
	if (left > 0 && (final || left > FRAGMENT_SURE))
		emit_long(t, s, w, left, 0, final);
}
