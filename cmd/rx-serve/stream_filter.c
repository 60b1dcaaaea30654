/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "cmd/rx-serve/stream.h"

static bool
has(const struct stream *s, const struct stream_filter *f, uint64_t number)
{
	size_t i = number % s->ring.n_slots;

	return f->bits[i / 8] >> i % 8 & 1;
}

static void
judge(struct stream *s, struct stream_filter *f, uint64_t number,
    const struct filter_view *view)
{
	size_t i = number % s->ring.n_slots;
	unsigned char bit = (unsigned char)(1 << i % 8);

	if (filter_takes(&f->filter, view))
		f->bits[i / 8] |= bit;
	else
		f->bits[i / 8] &= (unsigned char)~bit;
}

void
stream_filters_add(struct stream *s, uint64_t number, struct span body)
{
	struct filter_view view;

	if (s->filters == NULL)
		return;
	view = filter_look(&s->record, body, &s->out);
	for (struct stream_filter *f = s->filters; f != NULL; f = f->next)
		judge(s, f, number, &view);
}

void
stream_filters_drop(struct stream *s, uint64_t from)
{
	for (struct stream_filter *f = s->filters; f != NULL; f = f->next)
		for (uint64_t n = from; n < s->ring.first; n++)
			f->gone += has(s, f, n);
}

static struct stream_filter *
make(struct stream *s, const struct filter *filter)
{
	struct stream_filter *f = calloc(1, sizeof(*f));

	if (f == NULL ||
	    (f->bits = calloc(s->ring.n_slots / 8 + 1, 1)) == NULL) {
		free(f);
		return NULL;
	}
	memcpy(&f->filter, filter, sizeof(f->filter));
	for (uint64_t n = s->ring.first; n < s->ring.next; n++) {
		struct filter_view view =
		    filter_look(&s->record, ring_body(&s->ring, n), &s->out);

		judge(s, f, n, &view);
	}
	f->next = s->filters;
	s->filters = f;
	s->n_filters++;
	return f;
}

struct stream_filter *
stream_filter_get(struct stream *s, const struct filter *filter)
{
	struct stream_filter *f = s->filters;

	while (f != NULL && !filter_same(&f->filter, filter))
		f = f->next;
	if (f == NULL && (f = make(s, filter)) == NULL)
		return NULL;
	f->clients++;
	return f;
}

void
stream_filter_put(struct stream *s, struct stream_filter *f)
{
	struct stream_filter **at = &s->filters;

	if (f == NULL || --f->clients > 0)
		return;
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	s->n_filters--;
	free(f->bits);
	free(f);
}

bool
stream_filter_takes(
    const struct stream *s, const struct stream_filter *f, uint64_t number)
{
	return f == NULL || has(s, f, number);
}

uint64_t
stream_filter_count(
    const struct stream *s, const struct stream_filter *f, uint64_t number)
{
	uint64_t n = f->gone;

	for (uint64_t i = s->ring.first; i < number; i++)
		n += has(s, f, i);
	return n;
}
