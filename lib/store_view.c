/* SPDX-License-Identifier: MIT */
#include "lib/store_view.h"

#include <stdlib.h>
#include <string.h>

static int
no_memory(struct store *st)
{
	return store_fail(st, EX_TEMPFAIL, "out of memory");
}

static void
empty(struct view *v)
{
	free(v->state);
	free(v->attempts);
	free(v->offsets);
	buf_release(&v->body);
	*v = (struct view){ .n_settled = 0 };
	buf_init(&v->body);
}

static int
load_settled(struct store *st, struct view *v)
{
	int status = store_segment_settled(st, &v->g, v->state, VIEW_SETTLED);

	for (uint64_t i = 0; i < v->g.n; i++)
		v->n_settled += v->state[i] == VIEW_SETTLED;
	return status;
}

static int
load_retries(struct store *st, struct view *v)
{
	sqlite3_stmt *s = store_sql(st, SQL_RETRIES_IN);
	uint64_t i;
	int status;

	if (s != NULL) {
		bind_u64(s, 1, v->g.seg);
		bind_u64(s, 2, v->g.seg + v->g.n);
	}
	while (store_step(st, s, &status) == SQLITE_ROW) {
		if (v->attempts == NULL)
			v->attempts = calloc(v->g.n, sizeof(*v->attempts));
		if (v->attempts == NULL) {
			status = no_memory(st);
			break;
		}
		i = column_u64(s, 0) - v->g.seg;
		v->attempts[i] = column_u64(s, 1);
		v->state[i] |= VIEW_RETRY;
		if (sqlite3_column_int(s, 2) == 0)
			v->state[i] |= VIEW_WAITING;
		if (sqlite3_column_int64(s, 3) == 0)
			v->state[i] |= VIEW_SENT;
	}
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

static int
load(struct store *st, struct view *v)
{
	int status;

	if (v->state == NULL && (v->state = malloc(v->g.n)) == NULL)
		return no_memory(st);
	memset(v->state, 0, v->g.n);
	/* Those of a transaction that was rolled back, too. */
	if (v->attempts != NULL)
		memset(v->attempts, 0, v->g.n * sizeof(*v->attempts));
	v->n_settled = 0;
	v->dirty = false;
	if ((status = load_settled(st, v)) != 0 ||
	    (status = load_retries(st, v)) != 0)
		return status;
	v->live = true;
	return 0;
}

/* The ranges of a segment, rewritten; a segment all settled goes. */
static int
write_ranges(struct store *st, struct view *v)
{
	sqlite3_stmt *s = store_sql(st, SQL_SETTLED_DELETE);
	uint64_t a, b;
	int status;

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, v->g.lane);
		sqlite3_bind_int(s, 2, v->g.class);
		bind_u64(s, 3, v->g.seg);
		bind_u64(s, 4, v->g.seg + v->g.n);
	}
	if ((status = store_run(st, s)) != 0 || v->n_settled == v->g.n)
		return status;
	for (a = 0; a < v->g.n; a = b) {
		b = a + 1;
		if (!(v->state[a] & VIEW_SETTLED))
			continue;
		while (b < v->g.n && (v->state[b] & VIEW_SETTLED))
			b++;
		if ((s = store_sql(st, SQL_SETTLED_ADD)) != NULL) {
			sqlite3_bind_int64(s, 1, v->g.lane);
			sqlite3_bind_int(s, 2, v->g.class);
			bind_u64(s, 3, v->g.seg + a);
			bind_u64(s, 4, v->g.seg + b - 1);
		}
		if ((status = store_run(st, s)) != 0)
			return status;
	}
	return 0;
}

static int
write_back(struct store *st, struct views *vs, struct view *v)
{
	sqlite3_stmt *s;
	uint64_t bytes = 0;
	int64_t lane = v->g.lane;
	bool keeps;
	int status;

	if (!v->live || !v->dirty)
		return 0;
	v->dirty = false;
	if ((status = write_ranges(st, v)) != 0 || v->n_settled < v->g.n)
		return status;
	if ((status = vs->keeps(vs->arg, lane, &keeps)) != 0)
		return status;
	/* What was noted for a history that is not kept after all. */
	if (!keeps && (status = store_dead_forget(st, &v->g)) != 0)
		return status;
	s = store_sql(st, keeps ? SQL_KEEP : SQL_SEGMENT_DELETE);
	if (s != NULL)
		bind_u64(s, 1, v->g.seg);
	if (store_step(st, s, &status) == SQLITE_ROW)
		bytes = column_u64(s, 0);
	if (s != NULL)
		sqlite3_reset(s);
	empty(v);
	return status != 0 ? status : vs->freed(vs->arg, lane, bytes, keeps);
}

int
views_flush(struct store *st, struct views *vs)
{
	int status;

	for (int i = 0; i < VIEWS; i++)
		if ((status = write_back(st, vs, &vs->view[i])) != 0)
			return status;
	return 0;
}

/* The place of the segment g, which may be that of an older one. */
static int
place(struct store *st, struct views *vs, const struct store_segment *g,
    struct view **out)
{
	struct view *v = NULL, *oldest = &vs->view[0];
	int status = 0;

	for (int i = 0; i < VIEWS; i++) {
		if (vs->view[i].g.n > 0 && vs->view[i].g.seg == g->seg)
			v = &vs->view[i];
		if (vs->view[i].used < oldest->used)
			oldest = &vs->view[i];
	}
	if (v == NULL) {
		v = oldest;
		if ((status = write_back(st, vs, v)) != 0)
			return status;
		empty(v);
		v->g = *g;
	}
	v->used = ++vs->clock;
	*out = v;
	return v->live ? 0 : load(st, v);
}

int
views_find(struct store *st, struct views *vs, uint64_t tag, struct view **out)
{
	struct store_segment g;
	int status;

	for (int i = 0; i < VIEWS; i++) {
		struct view *v = &vs->view[i];

		if (v->live && tag >= v->g.seg && tag - v->g.seg < v->g.n) {
			v->used = ++vs->clock;
			*out = v;
			return 0;
		}
	}
	if ((status = store_segment_of(st, tag, &g)) != 0)
		return status;
	return place(st, vs, &g, out);
}

int
views_next(struct store *st, struct views *vs, int64_t lane, int class,
    uint64_t after, struct view **out)
{
	struct store_segment g;
	int status = store_segment_above(st, lane, class, after, &g);

	return status != 0 ? status : place(st, vs, &g, out);
}

int
view_record(struct store *st, struct view *v, uint64_t tag, struct span *record)
{
	int status;

	if (!v->indexed) {
		if ((status = store_segment_body(st, v->g.seg, &v->body)) != 0)
			return status;
		if (v->offsets == NULL)
			v->offsets = calloc(v->g.n + 1, sizeof(*v->offsets));
		if (v->offsets == NULL)
			return no_memory(st);
		if (store_segment_index(&v->g, buf_span(&v->body), v->offsets) <
		    0)
			return store_fail(st, EX_DATAERR,
			    "%s is damaged: segment %ju is not made of %ju "
			    "records",
			    st->path, (uintmax_t)v->g.seg, (uintmax_t)v->g.n);
		v->indexed = true;
	}
	*record = store_record(buf_span(&v->body), v->offsets, tag - v->g.seg);
	return 0;
}

static int
delete_retry(struct store *st, uint64_t tag)
{
	sqlite3_stmt *s = store_sql(st, SQL_RETRY_DELETE);

	if (s != NULL)
		bind_u64(s, 1, tag);
	return store_run(st, s);
}

int
view_settle(struct store *st, struct view *v, uint64_t tag)
{
	uint8_t *state = &v->state[tag - v->g.seg];
	bool retried = *state & VIEW_RETRY;

	*state = VIEW_SETTLED;
	v->n_settled++;
	v->dirty = true;
	return retried ? delete_retry(st, tag) : 0;
}

int
view_retry(struct store *st, struct view *v, uint64_t tag, uint64_t attempts,
    int64_t not_before_ms, struct span why)
{
	sqlite3_stmt *s = store_sql(st, SQL_RETRY_SAVE);

	if (v->attempts == NULL &&
	    (v->attempts = calloc(v->g.n, sizeof(*v->attempts))) == NULL)
		return no_memory(st);
	v->attempts[tag - v->g.seg] = attempts;
	v->state[tag - v->g.seg] = VIEW_RETRY | VIEW_WAITING;
	if (s != NULL) {
		bind_u64(s, 1, tag);
		sqlite3_bind_int64(s, 2, v->g.lane);
		sqlite3_bind_int(s, 3, v->g.class);
		bind_u64(s, 4, attempts);
		sqlite3_bind_int64(s, 5, not_before_ms);
		bind_span(s, 6, why);
	}
	return store_run(st, s);
}

void
views_init(struct views *vs, int (*keeps)(void *, int64_t, bool *),
    int (*freed)(void *, int64_t, uint64_t, bool), void *arg)
{
	*vs = (struct views){ .keeps = keeps, .freed = freed, .arg = arg };
	for (int i = 0; i < VIEWS; i++)
		buf_init(&vs->view[i].body);
}

void
views_forget(struct views *vs)
{
	for (int i = 0; i < VIEWS; i++)
		vs->view[i].live = vs->view[i].dirty = false;
}

void
views_forget_from(struct views *vs, uint64_t tag)
{
	views_forget(vs);
	for (int i = 0; i < VIEWS; i++)
		if (vs->view[i].g.seg >= tag)
			empty(&vs->view[i]);
}

void
views_release(struct views *vs)
{
	for (int i = 0; i < VIEWS; i++)
		empty(&vs->view[i]);
}
