/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/window_table.h"

#include <stdlib.h>

#define FIRST_SIZE 1024u
#define SPARE (INT64_C(8) << 20) /* times: 64 MiB */
#define LOOK_EACH 2 /* places a get looks at for idle ones */
#define LOOK_FULL 64 /* when one has to leave */

void
window_table_init(struct window_table *t, uint64_t max)
{
	*t = (struct window_table){ .max = max, .spare = SPARE };
}

static uint64_t
home(const struct window_table *t, const struct window_key *key)
{
	return key->part[0] & (t->size - 1);
}

static struct window_place *
look_up(const struct window_table *t, const struct window_key *key)
{
	struct window_place *p;
	uint64_t i = home(t, key);

	for (;; i = (i + 1) & (t->size - 1)) {
		p = &t->places[i];
		if (p->window == NULL ||
		    (p->key.part[0] == key->part[0] &&
			p->key.part[1] == key->part[1]))
			return p;
	}
}

/* Linear probing: those behind it that came past it move up (Knuth 6.4 R). */
void
window_table_remove(struct window_table *t, struct window_place *gone)
{
	uint64_t mask = t->size - 1, hole = (uint64_t)(gone - t->places), i;

	window_free(gone->window, &t->spare);
	for (i = (hole + 1) & mask; t->places[i].window != NULL;
	     i = (i + 1) & mask) {
		uint64_t from = home(t, &t->places[i].key);

		if (((i - from) & mask) < ((i - hole) & mask))
			continue;
		t->places[hole] = t->places[i];
		hole = i;
	}
	t->places[hole].window = NULL;
	t->n--;
}

static bool
resize(struct window_table *t, uint64_t size)
{
	struct window_table other = *t;

	other.size = size;
	other.places = calloc(size, sizeof(*other.places));
	if (other.places == NULL)
		return false;
	for (uint64_t i = 0; i < t->size; i++)
		if (t->places[i].window != NULL)
			*look_up(&other, &t->places[i].key) = t->places[i];
	free(t->places);
	other.hand = 0;
	*t = other;
	return true;
}

static bool
is_idle(const struct window_table *t, const struct window_place *p,
    int64_t now_ns, const struct window_keep *keep)
{
	int64_t idle_ns = now_ns - p->touched_ns;
	const struct window *w = p->window;

	/* The window itself is looked at only when it matters. */
	return idle_ns >= t->idle_ns && idle_ns >= keep[w->rule].idle_ns &&
	    (!w->fired || idle_ns >= keep[w->rule].fired_ns);
}

/* How many places to look at, so that each is seen once in idle_ns. */
static uint64_t
looks(struct window_table *t, int64_t now_ns)
{
	int64_t passed_ns = now_ns - t->now_ns;

	t->now_ns = now_ns;
	if (passed_ns >= t->idle_ns)
		return t->size;
	return LOOK_EACH +
	    (uint64_t)passed_ns / 1024 * t->size /
	    ((uint64_t)t->idle_ns / 1024 + 1);
}

static void
expire(struct window_table *t, int64_t now_ns, const struct window_keep *keep)
{
	struct window_place *p;

	for (uint64_t i = looks(t, now_ns); i > 0; i--) {
		t->hand = (t->hand + 1) & (t->size - 1);
		p = &t->places[t->hand];
		/* After a removal another may have moved here. */
		while (p->window != NULL && is_idle(t, p, now_ns, keep)) {
			window_table_remove(t, p);
			t->expired++;
		}
	}
	if (t->size > FIRST_SIZE && 8 * t->n < t->size)
		resize(t, t->size / 2); /* without memory: it stays */
}

static void
evict_one(struct window_table *t)
{
	struct window_place *p, *oldest = NULL;

	for (int seen = 0; seen < LOOK_FULL || oldest == NULL; seen++) {
		t->hand = (t->hand + 1) & (t->size - 1);
		p = &t->places[t->hand];
		if (p->window != NULL &&
		    (oldest == NULL || p->touched_ns < oldest->touched_ns))
			oldest = p;
	}
	window_table_remove(t, oldest);
	t->evicted++;
}

struct window_place *
window_table_get(struct window_table *t, struct window_key key, uint16_t rule,
    int64_t now_ns, const struct window_keep *keep)
{
	struct window_place *p;

	if (t->size == 0 && !resize(t, FIRST_SIZE))
		return NULL;
	expire(t, now_ns, keep);
	p = look_up(t, &key);
	if (p->window == NULL) {
		if (t->n == t->max)
			evict_one(t);
		else if (10 * (t->n + 1) > 7 * t->size &&
		    !resize(t, 2 * t->size))
			return NULL;
		p = look_up(t, &key);
		if ((p->window = window_make(rule)) == NULL)
			return NULL;
		p->key = key;
		t->n++;
	}
	p->touched_ns = now_ns;
	return p;
}

struct window_place *
window_table_next(struct window_table *t, const struct window_place *p)
{
	uint64_t i = p == NULL ? 0 : (uint64_t)(p - t->places) + 1;

	for (; i < t->size; i++)
		if (t->places[i].window != NULL)
			return &t->places[i];
	return NULL;
}

void
window_table_release(struct window_table *t)
{
	struct window_place *p = NULL;

	while ((p = window_table_next(t, p)) != NULL)
		free(p->window);
	free(t->places);
	*t = (struct window_table){
		.max = t->max, .spare = SPARE, .idle_ns = t->idle_ns
	};
}
