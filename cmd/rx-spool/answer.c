/* SPDX-License-Identifier: MIT */
/*
 * answer -- push --outcomes: what became of each record, once it is durable.
 *
 *   stored                      ok, its id and tag
 *   stored before, by its id    ok, its id
 *   dropped by --full           reject, its id
 *   refused                     reject, no id: the number of the line, or of
 *                               one behind a line too long to be any
 *
 * A stream that begins with the open of an emit is relayed: what that delivered
 * is answered with its own tag and epoch, for the ack of where it came from.
 *
 * An outcome is written when the transaction is, so a producer that has its ok
 * may forget the record.
 */
#include <stdlib.h>

#include "cmd/rx-spool/push.h"
#include "lib/diag.h"
#include "lib/jstr.h"

uint32_t *
push_index(struct push *p, const struct store_segment *g)
{
	if (g->n + 1 > p->offsets_size) {
		free(p->offsets);
		p->offsets_size = 2 * (g->n + 1);
		p->offsets = calloc(p->offsets_size, sizeof(*p->offsets));
		push_memory(p->offsets != NULL);
	}
	if (store_segment_index(g, g->body, p->offsets) < 0)
		die(EX_SOFTWARE, "a segment is not made of its records");
	return p->offsets;
}

static void
say(struct push *p, const struct delivery *d, struct span why)
{
	const struct control c = { .kind = CONTROL_OUT,
		.id = d->id,
		.tag = d->tag,
		.to_tag = d->tag,
		.ep = d->ep,
		.state = why.len > 0 ? OUTCOME_REJECT : OUTCOME_OK,
		.why = why };

	buf_reset(&p->id);
	mark_out(&p->id, &c);
	push_memory(!p->id.failed);
	outbuf_add(&p->out, buf_span(&p->id));
}

/* As who delivered it knows the record; false: nobody did. */
static bool
is_relayed(const struct push *p, struct span record, struct delivery *d)
{
	struct span rest;

	return p->relays && delivery_parse(mark_rx(record, &rest), d) == 0;
}

static void
answer_segment(struct push *p, const struct store_segment *g)
{
	const uint32_t *offsets = push_index(p, g);
	char room[STORE_ID_MAX];

	for (uint64_t i = 0; i < g->n; i++) {
		struct span record = store_record(g->body, offsets, i);
		uint64_t tag = g->seg + i;
		bool gone = p->unstored || store_drop_has(p->drop, tag);
		struct delivery d;

		if (!is_relayed(p, record, &d))
			d = (struct delivery){ .id = store_record_id(
						   record, g, tag, room),
				.tag = p->unstored ? 0 : tag };
		say(p, &d, gone ? SPAN("dropped") : SPAN(""));
	}
}

static void
flush(struct push *p)
{
	if (outbuf_flush(&p->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
}

void
push_answer(struct push *p)
{
	struct store_segment g;

	for (int c = 0; c < STORE_CLASSES; c++)
		for (size_t i = 0; pending_segment(&p->pending, c, i, &g);
		     i++) {
			const struct body *b = &p->pending.class[c].body[i];

			g.seg = b->seg;
			memcpy(g.ids, p->ids, sizeof(g.ids));
			answer_segment(p, &g);
		}
	flush(p);
}

static void
refuse(struct push *p, const char *where, const char *why)
{
	struct buf text;

	if (!p->outcomes)
		return;
	buf_init(&text);
	buf_addf(&text, "%s %ju: %s", where, p->in.number, why);
	push_memory(!text.failed);
	say(p, &(struct delivery){ .id = SPAN("") }, buf_span(&text));
	buf_release(&text);
	flush(p);
}

void
push_answer_refused(struct push *p, const char *why)
{
	refuse(p, "line", why);
}

void
push_answer_too_long(struct push *p, struct span record)
{
	struct delivery d;

	if (!p->outcomes || !is_relayed(p, record, &d)) {
		push_answer_refused(p, "too long");
		return;
	}
	say(p, &d, SPAN("too long"));
	flush(p);
}

/* Lines that were skipped have no number of their own. */
void
push_answer_overlong(struct push *p)
{
	refuse(p, "up to line", "too long");
}
