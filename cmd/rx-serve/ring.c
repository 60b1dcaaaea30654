#include "cmd/rx-serve/ring.h"

#include <stdlib.h>
#include <string.h>

int
ring_init(struct ring *r, size_t messages, size_t bytes)
{
	memset(r, 0, sizeof(*r));
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

static struct span *
slot(const struct ring *r, uint64_t number)
{
	return &r->slots[number % r->n_slots];
}

/* Is the oldest message at or behind this place? */
static bool
oldest_is_behind(const struct ring *r, size_t at)
{
	return r->first < r->next && slot(r, r->first)->at >= r->bytes + at;
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
	while (oldest_is_behind(r, r->at) && slot(r, r->first)->at < to + len)
		r->first++;
	if (r->next - r->first == r->n_slots)
		r->first++;
	memcpy(to, head.at, head.len);
	memcpy(to + head.len, body.at, body.len);
	*slot(r, r->next++) = (struct span){ to, len };
	r->at += len;
	return true;
}

struct span
ring_from(const struct ring *r, uint64_t number, size_t max, uint64_t *count)
{
	struct span run = *slot(r, number);
	uint64_t n;

	for (n = number + 1; n < r->next; n++) {
		const struct span *s = slot(r, n);

		if (s->at != run.at + run.len || run.len + s->len > max)
			break;
		run.len += s->len;
	}
	*count = n - number;
	return run;
}
