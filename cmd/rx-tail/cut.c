/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/cut.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cmd/rx-tail/journal.h"
#include "cmd/rx-tail/past.h"
#include "cmd/rx-tail/source.h"
#include "cmd/rx-tail/tail.h"
#include "lib/crash.h"
#include "lib/diag.h"
#include "lib/outbuf.h"
#include "lib/record.h"
#include "lib/stop.h"

static void
write_text(struct tail *t)
{
	struct buf *text = &t->cut.text;

	if (text->failed)
		die(EX_TEMPFAIL, "out of memory");
	outbuf_add(&t->out, buf_span(text));
	buf_reset(text);
}

void
cut_begin(struct tail *t, const struct claim *claims, size_t n,
    const struct entry *pos, size_t n_pos)
{
	struct cut *c = &t->cut;

	digest_nonce(c->nonce);
	mark_begin(&c->text, c->nonce, claims, n, pos, n_pos);
	write_text(t);
}

bool
cut_open(const struct cut *c)
{
	return c->dirty != NULL || c->records > 0;
}

void
cut_moved(struct tail *t, struct source *s)
{
	struct cut *c = &t->cut;

	if (!c->on || s->dirty || s->copy || *s->src == '\0')
		return;
	if (!cut_open(c))
		c->since_ms = stop_now_ms();
	s->dirty = true;
	s->next_dirty = c->dirty;
	c->dirty = s;
}

static void
write_mark(struct tail *t, bool full)
{
	struct cut *c = &t->cut;

	CRASH("tail.mark");
	mark_mark(&c->text, c->nonce, ++c->q, full, c->pos, c->n_pos);
	c->n_pos = c->pos_bytes = 0;
	write_text(t);
}

/* Into the mark that comes; when that would be no record, into the next. */
static void
tell(struct tail *t, const struct entry *e)
{
	struct cut *c = &t->cut;
	size_t bytes = CUT_ENTRY + e->path.len;

	if (c->n_pos > 0 && c->pos_bytes + bytes > RECORD_MAX - CUT_ENTRY)
		write_mark(t, false);
	if (c->n_pos == c->size) {
		size_t size = c->size == 0 ? 64 : c->size * 2;
		struct entry *pos = realloc(c->pos, size * sizeof(*pos));

		if (pos == NULL)
			die(EX_TEMPFAIL, "out of memory");
		c->pos = pos;
		c->size = size;
	}
	c->pos[c->n_pos++] = *e;
	c->pos_bytes += bytes;
}

void
cut_over(struct tail *t, const struct entry *over)
{
	struct entry e = *over;

	if (!t->cut.on)
		return;
	e.x = true;
	tell(t, &e);
}

static void
tell_source(struct tail *t, const struct source *s)
{
	struct entry e;

	source_entry(s, &e);
	tell(t, &e);
}

/* Those that moved; what a full mark lists beside them is the living. */
static void
gather(struct tail *t, bool full)
{
	struct cut *c = &t->cut;
	struct source *s;
	struct log *log;

	while ((s = c->dirty) != NULL) {
		c->dirty = s->next_dirty;
		s->dirty = false;
		if (full && source_wanted(s))
			continue; /* it comes with the living */
		/* It may have come back already, and is told by that. */
		if (!s->forget || past_has(&s->id, s->src))
			tell_source(t, s);
		if (s->forget)
			source_free(t, s);
	}
	journal_tell(t, !full, tell);
	if (!full)
		return;
	TAILQ_FOREACH(log, &t->logs, all)
	TAILQ_FOREACH(s, &log->chain, chain)
	if (source_wanted(s) && *s->src != '\0')
		tell_source(t, s);
}

void
cut_mark(struct tail *t, bool full)
{
	struct cut *c = &t->cut;
	int64_t now = stop_now_ms();
	uint64_t q = c->q;

	if (!c->on)
		return;
	full = full || c->q + 1 - c->last_full_q >= CUT_FULL ||
	    now - c->last_full_ms >= CUT_FULL_MS;
	gather(t, full);
	write_mark(t, full && c->q == q);
	if (full) {
		c->last_full_q = c->q;
		c->last_full_ms = now;
	}
	c->records = c->bytes = 0;
}

static void
tell_gap(struct tail *t, const char *src, uint64_t from, const uint64_t *to,
    enum gap kind, struct span path_json)
{
	struct cut *c = &t->cut;

	t->counters.gaps[kind]++;
	if (!c->on || *src == '\0')
		return;
	if (!cut_open(c))
		c->since_ms = stop_now_ms();
	mark_gap(&c->text, c->nonce, src, from, to, gap_name(kind), path_json);
	c->records++; /* the next mark covers it */
	write_text(t);
}

void
cut_gap(struct tail *t, const char *src, uint64_t from, const uint64_t *to,
    enum gap kind, struct span path_json)
{
	static struct diag_rate often;

	warn_every(&often,
	    "%.*s: what followed offset %" PRIu64
	    " is lost, if there was more: %s",
	    (int)path_json.len, path_json.at, from, gap_name(kind));
	tell_gap(t, src, from, to, kind, path_json);
}

void
cut_unseen(struct tail *t, const struct log *log, unsigned n)
{
	static struct diag_rate often;
	/* A source like no other: by the time, of n by the GEN. */
	const struct ident unknown = { .btime_ns = rtime_now_ns() };
	char src[MARK_SRC + 1];

	warn_every(&often,
	    "%s: files that came and went before they could be read: %u",
	    log->path, n);
	for (; n > 0; n--) {
		src_of(src, t->node_id, &unknown, SPAN(""), n);
		tell_gap(t, src, 0, NULL, GAP_DELETED, log->path_json);
	}
}
