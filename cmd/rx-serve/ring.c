/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/ring.h"

#include <stdlib.h>
#include <string.h>

int
ring_init(struct ring *r, size_t messages, size_t bytes)
{
	memset(r, 0, sizeof(*r));
	r->first = r->next = 1;
	r->size = bytes;
	r->n_slots = messages;
	r->bytes = malloc(bytes);
	r->slots = calloc(messages, sizeof(*r->slots));
	return r->bytes == NULL || r->slots == NULL ? -1 : 0;
}

void
ring_release(struct ring *r)
{
	free(r->bytes);
	free(r->slots);
}

void
ring_clear(struct ring *r)
{
	r->first = r->next;
	r->at = 0;
}

void
ring_skip(struct ring *r)
{
	r->first = ++r->next;
}

static struct ring_slot *
slot(const struct ring *r, uint64_t number)
{
	return &r->slots[number % r->n_slots];
}

/* Is the oldest message at or behind this place? */
static bool
oldest_is_behind(const struct ring *r, size_t at)
{
	return r->first < r->next && slot(r, r->first)->all.at >= r->bytes + at;
}

bool
ring_add(struct ring *r, struct span head, struct span body)
{
	size_t len = head.len + body.len;
	char *to;

	if (len > r->size)
		return false;
	if (len > r->size - r->at) {
		/* What lies between here and the end is the oldest. */
		while (oldest_is_behind(r, r->at))
			r->first++;
		r->at = 0;
	}
	to = r->bytes + r->at;
	while (
	    oldest_is_behind(r, r->at) && slot(r, r->first)->all.at < to + len)
		r->first++;
	if (r->next - r->first == r->n_slots)
		r->first++;
	memcpy(to, head.at, head.len);
	memcpy(to + head.len, body.at, body.len);
	*slot(r, r->next++) = (struct ring_slot){ { to, len }, head.len };
	r->at += len;
	return true;
}

struct span
ring_from(const struct ring *r, uint64_t number, size_t max, uint64_t *count)
{
	struct span run = slot(r, number)->all;
	uint64_t n;

	for (n = number + 1; n < r->next; n++) {
		const struct span *s = &slot(r, n)->all;

		if (s->at != run.at + run.len || run.len + s->len > max)
			break;
		run.len += s->len;
	}
	*count = n - number;
	return run;
}

struct span
ring_body(const struct ring *r, uint64_t number)
{
	const struct ring_slot *s = slot(r, number);

	return span_skip(s->all, s->head);
}
