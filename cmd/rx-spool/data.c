/* SPDX-License-Identifier: MIT */
/*
 * data -- a record of push's input: whether it is new, and where it goes.
 */
#include <string.h>

#include "cmd/rx-spool/push.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/rtime.h"

#define FORGED_MAX (400 * 1024) /* of its text: escaped it may double */

/* Before a record is added; c is NULL when it has no coordinates. */
static void
bound_segment(struct push *p, const struct coord *c)
{
	uint64_t bytes = p->pending.bytes - p->pending.closed_bytes;
	bool of_one_line =
	    c != NULL && c->e == p->last_e && strcmp(c->src, p->last_src) == 0;

	if (bytes > p->max_segment && !of_one_line)
		push_commit_early(p);
	if (bytes / 2 > p->max_segment && of_one_line)
		die(EX_DATAERR,
		    PUSH_BROKEN "one line of source %s became more than twice "
				"--max-segment %ju bytes",
		    p->lane, p->path, c->src, (uintmax_t)p->max_segment);
	p->last_e = 0;
	if (c != NULL) {
		p->last_e = c->e;
		memcpy(p->last_src, c->src, sizeof(p->last_src));
	}
}

/* False: stored by an earlier run (P3). */
static bool
is_new(struct push *p, const struct coord *c)
{
	struct source *source = push_source(p, c->src);

	if (c->e <= source->marked && c->o >= source->resume)
		die(EX_DATAERR,
		    PUSH_BROKEN
		    "a record of source %s comes behind its mark, a "
		    "stage reorders",
		    p->lane, p->path, c->src);
	if (c->e <= source->guard) {
		p->open.replayed++;
		p->replayed++;
		return false;
	}
	if (c->o < source->guard)
		p->open.overlap++;
	push_memory(sources_data(&p->sources, source, c->e) == 0);
	return true;
}

/* With --priority, critical and failure are 0, the rest 1; else all are 0. */
static int
class_of(struct push *p)
{
	struct value v;

	if (p->target->bounds.priority == NULL)
		return 0;
	return record_get(&p->record, p->target->bounds.priority, &v) &&
		v.type == VALUE_STRING &&
		(span_is(v.text, "critical") || span_is(v.text, "failure"))
	    ? 0
	    : 1;
}

static void
store(struct push *p, struct span record, bool anonymous)
{
	struct span time = { NULL, 0 };
	struct value v;

	if (record_get(&p->record, "timestamp", &v) && v.type == VALUE_STRING)
		time = v.text;
	push_memory(pending_add(&p->pending, class_of(p), record, time,
			anonymous) == 0);
}

/* Refused: as a delivery it would be longer than a record may be. */
static bool
is_too_long(struct push *p, struct span record)
{
	if (record.len <= RECORD_MAX - SPOOL_DELIVERY)
		return false;
	if (p->too_long++ == 0)
		warn("line %ju is too long to be delivered: %zu bytes, at most "
		     "%d",
		    p->in.number, record.len, RECORD_MAX - SPOOL_DELIVERY);
	p->refused++;
	push_answer_too_long(p, record);
	return true;
}

void
push_data(struct push *p, struct span line)
{
	struct span record;
	struct coord c;
	enum origin origin = push_origin(p, line, &c, &record);

	p->taken++;
	bound_segment(p, origin == COORDINATES ? &c : NULL);
	if (origin != COORDINATES)
		p->bare++;
	else if (!p->unmarked && !is_new(p, &c))
		return;
	if (!is_too_long(p, record))
		store(p, record, origin == NO_ID);
}

/* A control record that is not this run's: kept as text, not obeyed. */
void
push_forged(struct push *p, struct span line)
{
	char now[RTIME_MAX];
	struct buf *b = &p->normal;

	if (p->open.forged == 0 && p->closed.forged == 0)
		warn("line %ju: a control record of another run: stored, not "
		     "obeyed",
		    p->in.number);
	p->taken++;
	bound_segment(p, NULL);
	p->open.forged++;
	p->bare++;
	rtime_render(now, rtime_now_ns(), 3);
	if (line.len > FORGED_MAX)
		line.len = FORGED_MAX;
	buf_reset(b);
	buf_addf(b, "{\"timestamp\":\"%s\",\"forged\":", now);
	jstr_add(b, line);
	buf_addc(b, '}');
	push_memory(!b->failed);
	p->record.n_members = 0;
	push_memory(pending_add(&p->pending, class_of(p), buf_span(b),
			span_of(now), true) == 0);
}
