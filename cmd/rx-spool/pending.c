/* SPDX-License-Identifier: MIT */
/*
 * pending -- records as the bodies of segments, in the form they are stored.
 *
 *   body 0          body 1             body 2
 *   [r,\nr,\nr,\nr  [r,\nr,\nr,\nr     [r,\nr,\nr
 *                        ^ closed: 2 bodies, closed_len here
 *
 * So it is for each priority class: a record is copied once, from the input to
 * where SQLite reads it.  The "]" of the last closed body may have to stand on
 * the comma that follows it; it is there from pending_segment() to
 * pending_settle().
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-spool/push.h"

void
pending_init(struct pending *p)
{
	*p = (struct pending){ .body_max = STORE_BODY };
}

void
pending_release(struct pending *p)
{
	for (int c = 0; c < STORE_CLASSES; c++) {
		struct bodies *q = &p->class[c];

		for (size_t i = 0; i < q->size; i++)
			buf_release(&q->body[i].text);
		free(q->body);
	}
	pending_init(p);
}

static void
empty(struct body *b)
{
	buf_reset(&b->text);
	b->n = 0;
	b->anonymous = false;
	b->first[0] = b->last[0] = '\0';
}

static struct body *
next_body(struct bodies *q)
{
	struct body *body;
	size_t size = q->size == 0 ? 8 : 2 * q->size;

	if (q->n == q->size) {
		body = realloc(q->body, size * sizeof(*body));
		if (body == NULL)
			return NULL;
		for (size_t i = q->size; i < size; i++)
			buf_init(&body[i].text);
		q->body = body;
		q->size = size;
	}
	empty(&q->body[q->n]);
	return &q->body[q->n++];
}

int
pending_add(struct pending *p, int class, struct span record, struct span time,
    bool anonymous)
{
	struct bodies *q = &p->class[class];
	struct body *b = q->n > 0 ? &q->body[q->n - 1] : NULL;
	size_t had;

	if (b == NULL || b->text.len + record.len > p->body_max)
		b = next_body(q);
	if (b == NULL)
		return -1;
	had = b->text.len;
	buf_add(&b->text, b->n == 0 ? SPAN("[") : SPAN(",\n"));
	buf_add(&b->text, record);
	/* And room for the "]". */
	if (b->text.failed || buf_room(&b->text, 1) == NULL)
		return -1;
	store_segment_time(b->first, b->last, time);
	b->n++;
	b->anonymous |= anonymous;
	p->records++;
	p->bytes += b->text.len - had;
	return 0;
}

void
pending_close(struct pending *p)
{
	for (int c = 0; c < STORE_CLASSES; c++) {
		struct bodies *q = &p->class[c];

		if (q->n == 0)
			continue;
		q->closed = q->n;
		q->closed_len = q->body[q->n - 1].text.len;
		q->closed_n = q->body[q->n - 1].n;
	}
	p->closed_records = p->records;
	p->closed_bytes = p->bytes;
}

bool
pending_segment(struct pending *p, int class, size_t i, struct store_segment *g)
{
	struct bodies *q = &p->class[class];
	struct body *b;
	bool last = i + 1 == q->closed;
	size_t len;

	if (i >= q->closed)
		return false;
	b = &q->body[i];
	len = last ? q->closed_len : b->text.len;
	b->text.at[len] = ']';
	g->n = last ? q->closed_n : b->n;
	g->class = class;
	memcpy(g->first_time, b->first, sizeof(g->first_time));
	memcpy(g->last_time, b->last, sizeof(g->last_time));
	g->body = (struct span){ b->text.at, len + 1 };
	return true;
}

/* The tail behind the closed part becomes a body of its own. */
static void
cut_tail(struct bodies *q, struct body *b)
{
	size_t from = q->closed_len + 2;

	memmove(b->text.at + 1, b->text.at + from, b->text.len - from);
	b->text.len = b->text.len - from + 1;
	b->n -= q->closed_n;
}

static void
settle(struct bodies *q, bool committed)
{
	struct body *last, tmp;
	size_t kept, gone;

	if (q->closed == 0)
		return;
	last = &q->body[q->closed - 1];
	if (q->closed_len < last->text.len)
		last->text.at[q->closed_len] = ',';
	if (!committed)
		return;
	gone = q->closed;
	if (q->closed_n < last->n) {
		cut_tail(q, last);
		gone--;
	}
	/* What is kept moves to the front; the emptied stay for reuse. */
	kept = q->n - gone;
	for (size_t i = 0; gone > 0 && i < kept; i++) {
		tmp = q->body[i];
		q->body[i] = q->body[gone + i];
		q->body[gone + i] = tmp;
	}
	q->n = kept;
	q->closed = 0;
	q->closed_len = q->closed_n = 0;
}

void
pending_settle(struct pending *p, bool committed)
{
	for (int c = 0; c < STORE_CLASSES; c++)
		settle(&p->class[c], committed);
	if (!committed)
		return;
	p->records -= p->closed_records;
	p->bytes -= p->closed_bytes;
	p->closed_records = p->closed_bytes = 0;
}
