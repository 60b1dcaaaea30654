/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/window.h"

#include <stdlib.h>

#define FIRST_SIZE 4u
#define LARGEST (1u << 16) /* times of one key, where no limit asks for more */

static size_t
bytes(uint32_t size)
{
	return sizeof(struct window) + size * sizeof(int64_t);
}

struct window *
window_make(uint16_t rule)
{
	struct window *w = malloc(bytes(FIRST_SIZE));

	if (w != NULL)
		*w = (struct window){
			.rule = rule, .size = FIRST_SIZE, .lost_ns = INT64_MIN
		};
	return w;
}

void
window_free(struct window *w, int64_t *spare)
{
	*spare += w->size - FIRST_SIZE;
	free(w);
}

/* Sizes are powers of two. */
static int64_t *
at(struct window *w, uint32_t i)
{
	return &w->times[(w->first + i) & (w->size - 1)];
}

int64_t
window_time(const struct window *w, uint32_t i)
{
	return w->times[(w->first + i) & (w->size - 1)];
}

int64_t
window_newest(const struct window *w)
{
	return window_time(w, w->n - 1);
}

/* The first that is later than ns, of those before end. */
static uint32_t
later_than(const struct window *w, int64_t ns, uint32_t end)
{
	uint32_t from = 0, half;

	while (from < end) {
		half = from + (end - from) / 2;
		if (window_time(w, half) > ns)
			end = half;
		else
			from = half + 1;
	}
	return from;
}

uint32_t
window_count(const struct window *w, int64_t length_ns, int64_t ns)
{
	return later_than(w, ns, w->n) - later_than(w, ns - length_ns, w->n);
}

int64_t
window_first(const struct window *w, int64_t length_ns, int64_t ns)
{
	uint32_t i = later_than(w, ns - length_ns, w->n);

	return i < w->n ? window_time(w, i) : ns;
}

bool
window_is_capped(const struct window *w, int64_t length_ns, int64_t ns)
{
	return ns - length_ns < w->lost_ns;
}

static void
drop_oldest(struct window *w, uint32_t n)
{
	w->first = (w->first + n) & (w->size - 1);
	w->n -= n;
}

/* Twice the room; false: there is none, or it may not be had. */
static bool
grow(struct window **where, uint32_t least, int64_t *spare)
{
	struct window *old = *where, *w;

	if (old->size >= least && (old->size >= LARGEST || *spare < old->size))
		return false;
	if ((w = malloc(bytes(2 * old->size))) == NULL)
		return false;
	*w = *old;
	w->size = 2 * old->size;
	w->first = 0;
	for (uint32_t i = 0; i < w->n; i++)
		w->times[i] = window_time(old, i);
	*spare -= old->size;
	free(old);
	*where = w;
	return true;
}

/* Room for one more.  What no window can hold any more goes first. */
static void
make_room(struct window **where, const struct window_span *s, int64_t newest_ns,
    int64_t *spare)
{
	struct window *w = *where;
	uint32_t gone =
	    later_than(w, newest_ns - s->late_ns - s->length_ns, w->n);

	drop_oldest(w, gone);
	if (w->n > w->size - w->size / 4)
		if (grow(where, WINDOW_LEAST(s->limit), spare))
			w = *where;
	if (w->n == w->size) {
		w->lost_ns = window_time(w, 0);
		drop_oldest(w, 1);
	}
}

/* Where it stands now, behind those of the same time. */
static uint32_t
insert(struct window *w, int64_t ns)
{
	uint32_t i = w->n++;

	for (; i > 0 && *at(w, i - 1) > ns; i--)
		*at(w, i) = *at(w, i - 1);
	*at(w, i) = ns;
	return i;
}

/* The most in any window that holds the i-th: each ends at an event. */
static uint32_t
fullest(const struct window *w, const struct window_span *s, uint32_t i)
{
	int64_t ns = window_time(w, i), end_ns;
	uint32_t from = later_than(w, ns - s->length_ns, i + 1), most = 0;

	for (; i < w->n; i++) {
		end_ns = window_time(w, i);
		if (end_ns - s->length_ns >= ns)
			break;
		while (window_time(w, from) <= end_ns - s->length_ns)
			from++;
		if (i - from + 1 > most)
			most = i - from + 1;
	}
	return most;
}

/* An older one: the first is put aside, a second in order is believed. */
static bool
was_set_back(struct window *w, int64_t ns)
{
	if (!w->set_back || ns < w->back_ns) {
		w->set_back = true;
		w->back_ns = ns;
		return false;
	}
	w->fired_ns -= window_newest(w) - ns;
	w->lost_ns = INT64_MIN;
	drop_oldest(w, w->n);
	return true;
}

int64_t
window_add(struct window **where, const struct window_span *s, int64_t ns,
    int64_t *spare)
{
	struct window *w = *where;
	uint32_t i, count;
	int64_t newest = w->n > 0 ? window_newest(w) : ns;

	if (ns < newest - s->late_ns) {
		if (!was_set_back(w, ns))
			return WINDOW_LATE;
		newest = ns;
	}
	w->set_back = false;
	if (w->n == w->size) {
		make_room(where, s, ns > newest ? ns : newest, spare);
		w = *where;
	}
	i = insert(w, ns);
	/* Most events end here: one look at the one that is limit before. */
	if (w->n <= s->limit)
		return WINDOW_CALM;
	if (i == w->n - 1 && window_time(w, i - s->limit) <= ns - s->length_ns)
		return WINDOW_CALM;
	count = fullest(w, s, i);
	return count > s->limit ? count : WINDOW_CALM;
}
