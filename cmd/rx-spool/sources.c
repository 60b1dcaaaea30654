/* SPDX-License-Identifier: MIT */
/* sources -- where each source of a marked lane stands. */
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-spool/push.h"

#define SOURCES_MAX (1u << 20)
#define LAST 4 /* pairs that follow one another */
#define LATER_MS 20000
#define OVER_MIN 256 /* finished ones, until they are forgotten: here, */
#define OVER_STORED 1000 /* and in the table those beyond what it keeps */

void
sources_init(struct sources *s)
{
	*s = (struct sources){ .n = 0 };
}

void
sources_release(struct sources *s)
{
	for (size_t i = 0; i < s->n; i++)
		buf_release(&s->source[i].entry);
	free(s->source);
	free(s->slots);
	free(s->open.at);
	free(s->dirty.at);
	sources_init(s);
}

/* A src is a piece of a SHA-256 in base32, unless somebody made it up. */
static size_t
hash(const char *src)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *src != '\0'; src++)
		h = (h ^ (unsigned char)*src) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ h >> 32);
}

static uint32_t *
slot(struct sources *s, const char *src)
{
	size_t at = hash(src) & (s->n_slots - 1);

	while (s->slots[at] != 0 &&
	    strcmp(s->source[s->slots[at] - 1].src, src) != 0)
		at = (at + 1) & (s->n_slots - 1);
	return &s->slots[at];
}

static int
grow(struct sources *s)
{
	size_t size = s->size == 0 ? 64 : 2 * s->size;
	struct source *source = realloc(s->source, size * sizeof(*source));
	uint32_t *slots;

	if (source == NULL)
		return -1;
	s->source = source;
	if ((slots = calloc(4 * size, sizeof(*slots))) == NULL)
		return -1;
	free(s->slots);
	s->slots = slots;
	s->n_slots = 4 * size;
	s->size = size;
	for (size_t i = 0; i < s->n; i++)
		*slot(s, s->source[i].src) = (uint32_t)i + 1;
	return 0;
}

static struct source *
find(struct sources *s, const char *src)
{
	uint32_t at;

	if (s->n == 0)
		return NULL;
	if (strcmp(s->source[s->last].src, src) != 0) {
		if ((at = *slot(s, src)) == 0)
			return NULL;
		s->last = at - 1;
	}
	return &s->source[s->last];
}

static struct source *
add(struct sources *s, const char *src)
{
	struct source *new;

	if (s->n == SOURCES_MAX || (s->n == s->size && grow(s) < 0))
		return NULL;
	new = &s->source[s->n++];
	*new = (struct source){ .n_older = 0 };
	strcpy(new->src, src);
	buf_init(&new->entry);
	*slot(s, src) = (uint32_t)s->n;
	return new;
}

/* What the table holds of it, from before this run or from earlier in it. */
static int
restore(void *arg, const struct store_source *stored)
{
	struct source *source = arg;

	source->off = stored->off;
	source->hwm = stored->hwm;
	source->guard = stored->off > stored->hwm ? stored->off : stored->hwm;
	source->done = stored->done;
	buf_add(&source->entry, stored->entry);
	source->n_older = pairs_parse(stored->anchors, source->older);
	source->saved_ms = stored->saved_ms;
	return source->entry.failed ? EX_TEMPFAIL : 0;
}

int
sources_begin(struct sources *s, struct store *st, int64_t lane)
{
	int64_t last_ms, now_ms = spool_now_ms();
	int status = store_sources_saved(st, lane, &last_ms);

	s->lane = lane;
	if (last_ms == INT64_MAX)
		last_ms--; /* nobody saved it then: the file is hostile */
	/* Also when the clock was put back since. */
	s->begun_ms = last_ms < now_ms ? now_ms : last_ms + 1;
	return status;
}

int
sources_get(struct sources *s, struct store *st, const char src[MARK_SRC + 1],
    struct source **found, bool *since)
{
	int status;

	*since = false;
	if ((*found = find(s, src)) != NULL)
		return 0;
	if ((*found = add(s, src)) == NULL)
		return EX_TEMPFAIL;
	s->last = s->n - 1;
	status = store_source_find(st, s->lane, src, restore, *found);
	*since = (*found)->saved_ms >= s->begun_ms;
	if (*since)
		(*found)->marked = (*found)->off;
	return status == STORE_NONE ? 0 : status;
}

static int
touch(struct touched *t, size_t index)
{
	size_t size = t->size == 0 ? 64 : 2 * t->size;
	uint32_t *at;

	if (t->n == t->size) {
		if ((at = realloc(t->at, size * sizeof(*at))) == NULL)
			return -1;
		t->at = at;
		t->size = size;
	}
	t->at[t->n++] = (uint32_t)index;
	return 0;
}

static int
make_dirty(struct sources *s, struct source *source)
{
	if (source->dirty)
		return 0;
	source->dirty = true;
	return touch(&s->dirty, (size_t)(source - s->source));
}

int
sources_data(struct sources *s, struct source *source, uint64_t e)
{
	if (e > source->open_hwm)
		source->open_hwm = e;
	if (source->in_open)
		return 0;
	source->in_open = true;
	return touch(&s->open, (size_t)(source - s->source));
}

/*
 * The last four, and of those before them one in each LATER_MS: what a power
 * failure takes of a log is what the kernel had not written yet, half a minute
 * of it, and commits come faster.  Marks of one commit are one step; inside an
 * over-long line nobody can go on by an offset alone.
 */
static void
remember(struct source *source, const struct entry *e, int64_t now_ms)
{
	struct pair *p = source->older;
	size_t kept = source->n_older;

	if (e->anchor[0] == '\0' || e->fr != 0)
		return;
	if (!source->dirty || kept == 0) {
		if (kept > LAST && p[LAST - 1].at_ms - p[LAST].at_ms < LATER_MS)
			memmove(p + 1, p, (LAST - 1) * sizeof(*p));
		else {
			kept = kept < PAIRS_MAX ? kept : PAIRS_MAX - 1;
			memmove(p + 1, p, kept * sizeof(*p));
			source->n_older = kept + 1;
		}
	}
	*p = (struct pair){ .o = e->o, .len = e->anchor_len, .at_ms = now_ms };
	memcpy(p->hash, e->anchor, sizeof(p->hash));
}

int
sources_mark(struct sources *s, struct source *source, const struct entry *e,
    struct span text)
{
	remember(source, e, spool_now_ms());
	source->off = source->marked = e->o;
	source->done = e->x;
	buf_reset(&source->entry);
	buf_add(&source->entry, text);
	return make_dirty(s, source);
}

int
sources_close(struct sources *s)
{
	for (size_t i = 0; i < s->open.n; i++) {
		struct source *source = &s->source[s->open.at[i]];

		if (source->open_hwm > source->hwm)
			source->hwm = source->open_hwm;
		source->in_open = false;
		if (make_dirty(s, source) < 0)
			return -1;
	}
	s->open.n = 0;
	return 0;
}

static int
save(const struct sources *s, struct store *st, const struct source *source,
    struct buf *older, int64_t now_ms)
{
	struct store_source row = { .off = source->off,
		.hwm = source->hwm,
		.entry = buf_span(&source->entry),
		.done = source->done };

	strcpy(row.src, source->src);
	buf_reset(older);
	pairs_render(older, source->older, source->n_older);
	row.anchors = buf_span(older);
	if (older->failed || source->entry.failed)
		return EX_TEMPFAIL;
	return store_source_save(st, s->lane, &row, now_ms);
}

int
sources_save(struct sources *s, struct store *st, int64_t now_ms)
{
	struct buf older;
	int status = 0;

	if (now_ms < s->begun_ms)
		now_ms = s->begun_ms;
	buf_init(&older);
	for (size_t i = 0; status == 0 && i < s->dirty.n; i++)
		status =
		    save(s, st, &s->source[s->dirty.at[i]], &older, now_ms);
	buf_release(&older);
	if (status == 0 && s->over_stored >= OVER_STORED)
		status = store_sources_prune(st, s->lane);
	return status;
}

static bool
is_over(const struct source *source)
{
	return source->done && source->saved && !source->in_open &&
	    !source->dirty;
}

/* Forgets those that are over; the others move up. */
static void
forget(struct sources *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (is_over(&s->source[i]))
			buf_release(&s->source[i].entry);
		else
			s->source[n++] = s->source[i];
	s->n = n;
	s->last = s->over = s->open.n = 0;
	memset(s->slots, 0, s->n_slots * sizeof(*s->slots));
	for (size_t i = 0; i < n; i++) {
		*slot(s, s->source[i].src) = (uint32_t)i + 1;
		if (s->source[i].in_open)
			s->open.at[s->open.n++] = (uint32_t)i;
	}
}

void
sources_saved(struct sources *s)
{
	if (s->over_stored >= OVER_STORED)
		s->over_stored = 0;
	for (size_t i = 0; i < s->dirty.n; i++) {
		struct source *source = &s->source[s->dirty.at[i]];

		source->dirty = false;
		source->saved = true;
		s->over += source->done;
		s->over_stored += source->done;
	}
	s->dirty.n = 0;
	if (s->over >= OVER_MIN && s->over >= s->n / 2)
		forget(s);
}
