/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/join_slot.h"

#include "cmd/rx-tail/fragment.h"
#include "lib/crash.h"
#include "lib/diag.h"

#define KEEP (64 * 1024) /* memory a slot keeps when it is empty */

void
slot_record(struct tail *t, struct source *s, struct piece *p)
{
	size_t n;

	/* By where lines stand alone: a run that reads them again begins
	 * elsewhere, and has not told the same before. */
	if (p->e < s->o || p->e <= s->hold.told)
		p->e = (s->hold.told > s->o ? s->hold.told : s->o) + 1;
	s->hold.told = p->e;
	n = render_piece(t, s->log, s->src, p);
	CRASH("tail.line");
	if (!t->marks)
		return;
	cut_count(&t->cut, n);
	cut_moved(t, s);
}

void
slot_write(struct tail *t, struct join *j, struct slot *slot, bool more)
{
	struct piece p = {
		.text = buf_span(&slot->text),
		.o = slot->here.o,
		.e = slot->e,
		.f = slot->here.fr,
		.fragment = slot->here.fr > 0 || more,
		.last = !more,
		.torn = slot->torn,
		.read_ns = slot->read_ns,
		.when = slot->first.timed ? &slot->first.when : NULL,
	};

	if (j->container != NULL)
		p.more = container_members(j->container, slot->first.stream);
	slot_record(t, slot->s, &p);
	buf_reset(&slot->text);
	slot->cost = 0;
	if (more)
		return;
	slot->open = slot->partial = slot->carried = slot->torn = false;
	j->n_open--;
	t->counters.open--;
	if (slot->text.size > KEEP)
		buf_release(&slot->text);
}

void
slot_holds(struct tail *t, struct log *log, struct source *s,
    const struct held_at *line)
{
	struct join *j = log->join;
	const struct held_at *from = NULL;

	if (j->n_open == 0) {
		if (log->holds > 0)
			hold_release(t, log, NULL);
		return;
	}
	for (unsigned i = 0; i < STREAMS; i++) {
		const struct slot *slot = &j->slots[i];
		const struct held_at *begin =
		    j->n_open == 1 ? &slot->here : &slot->begin;

		if (!slot->open)
			continue;
		if (slot->carried) {
			if (!s->hold.on)
				hold_begin(s, line);
			return;
		}
		if (from == NULL || begin->o < from->o)
			from = begin;
	}
	if (log->holds > s->hold.on)
		hold_release(t, log, s); /* those of the files before */
	if (!s->hold.on || from->o > s->hold.at.o)
		hold_begin(s, from);
}

void
slot_open(struct tail *t, struct join *j, struct slot *slot, struct source *s,
    const struct piece *p, const struct held_at *line, const struct decoded *d)
{
	*slot = (struct slot){
		.open = true,
		.s = s,
		.begin = *line,
		.text = slot->text,
		.first = *d,
		.read_ns = p->read_ns,
	};
	buf_reset(&slot->text);
	slot->begin.fr = j->resumed_fr;
	slot->here = slot->begin;
	j->resumed_fr = 0;
	j->n_open++;
	t->counters.open++;
	slot->waits = multiline_begin(t->multiline, &slot->trace, d->text);
}

void
slot_append(struct tail *t, struct join *j, struct slot *slot, struct source *s,
    const struct piece *p, const struct held_at *line, const struct decoded *d)
{
	const size_t cost = fragment_cost(d->text) + 2; /* and a newline */

	if (slot->cost > 0 && !slot->partial)
		buf_addc(&slot->text, '\n');
	if (slot->cost > 0 && slot->cost + cost > FRAGMENT_MAX) {
		uint64_t fr = slot->here.fr + 1;

		slot_write(t, j, slot, true);
		slot->here = *line;
		slot->here.fr = fr;
	}
	if (slot->s != s) {
		slot->s = s;
		slot->begin = *line;
		slot->begin.fr = slot->here.fr;
		slot->here = slot->begin;
	}
	t->counters.joined += slot->cost > 0;
	buf_add(&slot->text, d->text);
	if (slot->text.failed)
		die(EX_TEMPFAIL, "out of memory");
	slot->cost += cost;
	slot->e = p->e;
	slot->partial = d->partial;
	slot->torn |= p->torn;
	slot->last_ns = d->when.ns;
}
