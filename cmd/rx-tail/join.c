/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/join.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-tail/join_slot.h"
#include "cmd/rx-tail/patterns.h"
#include "lib/diag.h"
#include "lib/num.h"

#define PARTIAL_MS 5000 /* as half lines (chain_end.c) */

struct join *
join_new(struct tail *t, const char *path)
{
	enum format format = patterns_format(t, path);
	struct join *j;

	if (format == FORMAT_PLAIN && t->multiline == NULL)
		return NULL;
	if ((j = calloc(1, sizeof(*j))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	if (format != FORMAT_PLAIN)
		j->container = container_new(format, path);
	return j;
}

void
join_free(struct join *j)
{
	if (j == NULL)
		return;
	for (unsigned i = 0; i < STREAMS; i++)
		buf_release(&j->slots[i].text);
	container_free(j->container);
	free(j);
}

const char *
join_name(const struct join *j)
{
	return j->container == NULL ? NULL : container_name(j->container);
}

void
join_flush(struct tail *t, struct log *log)
{
	struct join *j = log->join;

	if (j == NULL)
		return;
	/* The one whose last line is the last goes first, with its own end. */
	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < STREAMS; i++) {
			struct slot *slot = &j->slots[i];

			if (slot->open && (pass == 1 || slot->e >= slot->s->o))
				slot_write(t, j, slot, false);
		}
	if (log->holds > 0)
		hold_release(t, log, NULL);
}

bool
join_is_open(const struct log *log)
{
	return log->join != NULL && log->join->n_open > 0;
}

bool
join_needs(const struct source *s)
{
	const struct join *j = s->log->join;

	if (j == NULL || j->n_open == 0)
		return false;
	for (unsigned i = 0; i < STREAMS; i++)
		if (j->slots[i].open && j->slots[i].s == s)
			return true;
	return s->hold.on;
}

bool
join_is_late(const struct tail *t, struct log *log, int64_t now_ns)
{
	struct join *j = log->join;
	int64_t wait_ms = t->join_wait_ms;

	if (!join_is_open(log))
		return false;
	for (unsigned i = 0; i < STREAMS; i++)
		if (j->slots[i].open && j->slots[i].partial &&
		    wait_ms < PARTIAL_MS)
			wait_ms = PARTIAL_MS;
	if (now_ns < j->grew_ns)
		j->grew_ns = now_ns; /* the clock was put back */
	return now_ns - j->grew_ns >= wait_ms * NUM_MS;
}

void
join_resumed(struct source *s)
{
	struct join *j = s->log->join;

	/* Not inside a line: then it is one of split.c. */
	if (j == NULL || s->fr == 0 || s->anchor.len == 0 ||
	    s->anchor.bytes[s->anchor.len - 1] != '\n')
		return;
	j->resumed_fr = s->fr;
	s->fr = 0;
}

/* Was the line written too long after what is open, or too far behind? */
static bool
is_stale(const struct slot *slot, const struct source *s, const struct piece *p,
    const struct decoded *d)
{
	if (slot->s == s && p->o - slot->e > JOIN_FAR && p->o > slot->e)
		return true;
	return d->timed && slot->first.timed &&
	    d->when.ns - slot->last_ns > JOIN_APART_NS;
}

/* From another file than what is open: the next one, or one left before. */
static void
change_file(struct tail *t, struct log *log, struct source *s)
{
	struct join *j = log->join;

	for (unsigned i = 0; i < STREAMS; i++) {
		struct slot *slot = &j->slots[i];
		struct source *next = slot->s;

		if (!slot->open || slot->s == s)
			continue;
		while (next != NULL && next != s)
			next = TAILQ_NEXT(next, chain);
		if (next == NULL) {
			join_flush(t, log);
			return;
		}
		slot->carried = true;
	}
}

static void
end_stale(struct tail *t, struct join *j, const struct source *s,
    const struct piece *p, const struct decoded *d)
{
	for (unsigned i = 0; i < STREAMS; i++)
		if (j->slots[i].open && is_stale(&j->slots[i], s, p, d))
			slot_write(t, j, &j->slots[i], false);
}

/* A line of a stream whose slot may be open. */
static void
take(struct tail *t, struct join *j, struct source *s, const struct piece *p,
    const struct held_at *line, const struct decoded *d)
{
	struct slot *slot = &j->slots[d->stream];

	if (slot->open && !slot->partial &&
	    !multiline_continues(t->multiline, &slot->trace, d->text))
		slot_write(t, j, slot, false);
	if (!slot->open)
		slot_open(t, j, slot, s, p, line, d);
	slot_append(t, j, slot, s, p, line, d);
	if (!slot->partial && !slot->waits)
		slot_write(t, j, slot, false);
}

/* A line that is a record as it stands. */
static void
pass(struct tail *t, struct join *j, struct source *s, const struct piece *line,
    const struct decoded *d)
{
	struct piece p = *line;

	if (d != NULL) {
		p.text = d->text;
		p.when = d->timed ? &d->when : NULL;
	}
	if (j->container != NULL)
		p.more = container_members(
		    j->container, d == NULL ? STREAM_NONE : d->stream);
	slot_record(t, s, &p);
}

static bool
decode(
    struct tail *t, struct source *s, const struct piece *p, struct decoded *d)
{
	static struct diag_rate often;
	struct join *j = s->log->join;

	if (j->container == NULL) {
		*d = (struct decoded){ .text = p->text };
		return true;
	}
	if (container_refresh(j->container, p->read_ns)) {
		s->log->name = container_name(j->container);
		render_log(t, s->log);
	}
	if (!p->fragment && container_decode(j->container, p->text, d))
		return true;
	t->undecoded++;
	warn_every(&often,
	    "%s: the line at %" PRIu64
	    " is not of its container format: passed on as it is",
	    s->log->path, p->o);
	return false;
}

bool
join_decodes(struct join *j, struct span line, struct decoded *d)
{
	*d = (struct decoded){ .partial = false };
	return j->container != NULL && container_decode(j->container, line, d);
}

bool
join_tells(struct join *j, struct span line, struct rtime_found *when)
{
	struct decoded d;

	if (!join_decodes(j, line, &d) || !d.timed)
		return false;
	*when = d.when;
	return true;
}

void
join_line(
    struct tail *t, struct source *s, const struct piece *p, const char *at)
{
	struct log *log = s->log;
	struct join *j = log->join;
	struct held_at line = { .o = p->o };
	struct decoded d;
	bool known = decode(t, s, p, &d);

	if (t->keeps && s->packed == NULL) {
		line.anchor.len = anchor_len(p->o);
		memcpy(
		    line.anchor.bytes, at - line.anchor.len, line.anchor.len);
	}
	if (p->fragment)
		join_flush(t, log);
	if (j->n_open > 0) {
		change_file(t, log, s);
		if (known)
			end_stale(t, j, s, p, &d);
	}
	if (p->fragment || !known)
		pass(t, j, s, p, NULL);
	else if (!d.partial && !j->slots[d.stream].open &&
	    t->multiline == NULL && j->resumed_fr == 0)
		pass(t, j, s, p, &d);
	else
		take(t, j, s, p, &line, &d);
	if (j->n_open > 0)
		j->grew_ns = p->read_ns;
	slot_holds(t, log, s, &line);
}
