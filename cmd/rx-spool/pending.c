/*
 * pending -- records as the bodies of segments, in the form they are stored.
 *
 *   body 0          body 1             body 2
 *   [r,\nr,\nr,\nr  [r,\nr,\nr,\nr     [r,\nr,\nr
 *                        ^ closed: 2 bodies, closed_len here
 *
 * A record is copied once, from the input to where SQLite reads it.  The "]"
 * of the last closed body may have to stand on the comma that follows it; it
 * is there from pending_segment() to pending_settle().
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-spool/push.h"

void
pending_init(struct pending *p)
{
	*p = (struct pending){ .size = 0 };
}

void
pending_release(struct pending *p)
{
	for (size_t i = 0; i < p->size; i++)
		buf_release(&p->bodies[i].text);
	free(p->bodies);
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
next_body(struct pending *p)
{
	struct body *bodies;
	size_t size = p->size == 0 ? 8 : 2 * p->size;

	if (p->n_bodies == p->size) {
		bodies = realloc(p->bodies, size * sizeof(*bodies));
		if (bodies == NULL)
			return NULL;
		for (size_t i = p->size; i < size; i++)
			buf_init(&bodies[i].text);
		p->bodies = bodies;
		p->size = size;
	}
	empty(&p->bodies[p->n_bodies]);
	return &p->bodies[p->n_bodies++];
}

/* RFC 3339 to the second sorts as text; anything else is not looked at. */
static void
note_time(struct body *b, struct span time)
{
	if (time.len <= STORE_TIME || time.at[4] != '-' || time.at[10] != 'T')
		return;
	if (b->first[0] == '\0' || memcmp(time.at, b->first, STORE_TIME) < 0)
		memcpy(b->first, time.at, STORE_TIME);
	if (memcmp(time.at, b->last, STORE_TIME) > 0)
		memcpy(b->last, time.at, STORE_TIME);
	b->first[STORE_TIME] = b->last[STORE_TIME] = '\0';
}

int
pending_add(
    struct pending *p, struct span record, struct span time, bool anonymous)
{
	struct body *b = p->n_bodies > 0 ? &p->bodies[p->n_bodies - 1] : NULL;
	size_t had;

	if (b == NULL || b->text.len + record.len > STORE_BODY)
		b = next_body(p);
	if (b == NULL)
		return -1;
	had = b->text.len;
	buf_add(&b->text, b->n == 0 ? SPAN("[") : SPAN(",\n"));
	buf_add(&b->text, record);
	/* And room for the "]". */
	if (b->text.failed || buf_room(&b->text, 1) == NULL)
		return -1;
	note_time(b, time);
	b->n++;
	b->anonymous |= anonymous;
	p->records++;
	p->bytes += b->text.len - had;
	return 0;
}

void
pending_close(struct pending *p)
{
	struct body *last;

	if (p->n_bodies == 0)
		return;
	last = &p->bodies[p->n_bodies - 1];
	p->closed_bodies = p->n_bodies;
	p->closed_len = last->text.len;
	p->closed_n = last->n;
	p->closed_records = p->records;
	p->closed_bytes = p->bytes;
}

bool
pending_segment(struct pending *p, size_t i, struct store_segment *g)
{
	struct body *b;
	bool last = i + 1 == p->closed_bodies;
	size_t len;

	if (i >= p->closed_bodies)
		return false;
	b = &p->bodies[i];
	len = last ? p->closed_len : b->text.len;
	b->text.at[len] = ']';
	g->n = last ? p->closed_n : b->n;
	g->class = 0;
	memcpy(g->first_time, b->first, sizeof(g->first_time));
	memcpy(g->last_time, b->last, sizeof(g->last_time));
	g->body = (struct span){ b->text.at, len + 1 };
	return true;
}

/* The tail behind the closed part becomes a body of its own. */
static void
cut_tail(struct pending *p, struct body *b)
{
	size_t from = p->closed_len + 2;

	memmove(b->text.at + 1, b->text.at + from, b->text.len - from);
	b->text.len = b->text.len - from + 1;
	b->n -= p->closed_n;
}

void
pending_settle(struct pending *p, bool committed)
{
	struct body *last, tmp;
	size_t kept, gone;

	if (p->closed_bodies == 0)
		return;
	last = &p->bodies[p->closed_bodies - 1];
	if (p->closed_len < last->text.len)
		last->text.at[p->closed_len] = ',';
	if (!committed)
		return;
	gone = p->closed_bodies;
	if (p->closed_n < last->n) {
		cut_tail(p, last);
		gone--;
	}
	/* What is kept moves to the front; the emptied stay for reuse. */
	kept = p->n_bodies - gone;
	for (size_t i = 0; gone > 0 && i < kept; i++) {
		tmp = p->bodies[i];
		p->bodies[i] = p->bodies[gone + i];
		p->bodies[gone + i] = tmp;
	}
	p->n_bodies = kept;
	p->records -= p->closed_records;
	p->bytes -= p->closed_bytes;
	p->closed_bodies = 0;
	p->closed_len = p->closed_n = 0;
	p->closed_records = p->closed_bytes = 0;
}
