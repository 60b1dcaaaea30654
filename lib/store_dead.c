/* SPDX-License-Identifier: MIT */
/* store_dead -- dead letters, bounded: the oldest make room for the new. */
#include "lib/store_db.h"

static int
oldest(struct store *st, int64_t lane, uint64_t *letter, uint64_t *bytes)
{
	sqlite3_stmt *s = store_sql(st, SQL_DEAD_OLDEST);
	int status, rc;

	if (s != NULL)
		sqlite3_bind_int64(s, 1, lane);
	rc = store_step(st, s, &status);
	if (rc == SQLITE_ROW) {
		*letter = column_u64(s, 0);
		*bytes = column_u64(s, 1);
	} else if (rc == SQLITE_DONE)
		status = STORE_NONE;
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

static bool
is_over(const struct store_lane *l)
{
	return store_lane_letters(l) > l->dead_max_records ||
	    l->dead_bytes > l->dead_max_bytes;
}

static int delete (struct store *st, struct store_lane *l, uint64_t letter,
    uint64_t bytes, enum store_counter as)
{
	sqlite3_stmt *s = store_sql(st, SQL_DEAD_DELETE);

	if (s != NULL)
		bind_u64(s, 1, letter);
	l->dead_bytes -= bytes < l->dead_bytes ? bytes : l->dead_bytes;
	l->count[as]++;
	return store_run(st, s);
}

int
store_dead_trim(struct store *st, struct store_lane *l)
{
	uint64_t letter = 0, bytes = 0;
	int status = 0;

	while (status == 0 && is_over(l)) {
		status = oldest(st, l->id, &letter, &bytes);
		if (status == STORE_NONE)
			return store_fail(st, EX_DATAERR,
			    "%s is damaged: lane %s counts dead letters that "
			    "are not there",
			    st->path, l->name);
		if (status == 0)
			status = delete (st, l, letter, bytes, DEAD_DROPPED);
	}
	return status;
}

int
store_dead_note(struct store *st, const struct store_lane *l, uint64_t tag)
{
	sqlite3_stmt *s;

	if (l->keep_ms == 0)
		return 0;
	s = store_sql(st, SQL_BURIED_ADD);
	if (s != NULL)
		bind_u64(s, 1, tag);
	return store_run(st, s);
}

int
store_dead_forget(struct store *st, const struct store_segment *g)
{
	sqlite3_stmt *s = store_sql(st, SQL_BURIED_DELETE);

	if (s != NULL) {
		bind_u64(s, 1, g->seg);
		bind_u64(s, 2, g->seg + g->n);
	}
	return store_run(st, s);
}

int
store_dead_add(struct store *st, struct store_lane *l,
    const struct store_letter *d, enum store_counter as)
{
	sqlite3_stmt *s = store_sql(st, SQL_DEAD_ADD);
	uint64_t bytes = d->record.len + d->why.len + d->id.len;
	int status;

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, l->id);
		sqlite3_bind_int(s, 2, d->class);
		bind_u64(s, 3, d->tag);
		bind_span(s, 4, d->id);
		bind_span(s, 5, d->why);
		bind_u64(s, 6, d->attempts);
		sqlite3_bind_int64(s, 7, d->stored_ms);
		sqlite3_bind_int64(s, 8, d->died_ms);
		bind_u64(s, 9, bytes);
		bind_u64(s, 10, store_body_sum(d->record));
		bind_span(s, 11, d->record);
	}
	status = store_run(st, s);
	if (s != NULL)
		sqlite3_clear_bindings(s);
	if (status != 0 || (status = store_dead_note(st, l, d->tag)) != 0)
		return status;
	l->count[as]++;
	l->dead_bytes += bytes;
	return store_dead_trim(st, l);
}

#define SUM_COLUMN 10 /* of SQL_DEAD_NEXT */

/* The texts of the row, one behind the other. */
static int
fill(
    struct store *st, sqlite3_stmt *s, struct store_letter *d, struct buf *text)
{
	struct span *const texts[] = { &d->id, &d->why, &d->record };
	size_t at = 0;

	*d = (struct store_letter){
		.letter = column_u64(s, 0),
		.lane = sqlite3_column_int64(s, 1),
		.class = sqlite3_column_int(s, 2),
		.tag = column_u64(s, 3),
		.attempts = column_u64(s, 4),
		.stored_ms = sqlite3_column_int64(s, 5),
		.died_ms = sqlite3_column_int64(s, 6),
	};
	buf_reset(text);
	for (int i = 0; i < 3; i++)
		buf_add(text, column_span(s, 7 + i));
	if (text->failed)
		return store_fail(st, EX_TEMPFAIL, "out of memory");
	for (int i = 0; i < 3; i++) {
		*texts[i] = (struct span){ text->at + at,
			(size_t)sqlite3_column_bytes(s, 7 + i) };
		at += texts[i]->len;
	}
	if (sqlite3_column_type(s, SUM_COLUMN) != SQLITE_NULL &&
	    column_u64(s, SUM_COLUMN) != store_body_sum(d->record))
		return store_fail(st, EX_DATAERR,
		    "%s is damaged: dead letter %ju is not what was stored",
		    st->path, (uintmax_t)d->letter);
	return 0;
}

int
store_dead_next(struct store *st, int64_t lane, uint64_t after,
    struct store_letter *d, struct buf *text)
{
	sqlite3_stmt *s = store_sql(st, SQL_DEAD_NEXT);
	int status, rc;

	if (s != NULL) {
		bind_u64(s, 1, after);
		sqlite3_bind_int64(s, 2, lane);
	}
	rc = store_step(st, s, &status);
	if (rc == SQLITE_ROW)
		status = fill(st, s, d, text);
	else if (rc == SQLITE_DONE)
		status = STORE_NONE;
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

int
store_dead_take(struct store *st, struct store_lane *l,
    const struct store_letter *d, enum store_counter as)
{
	sqlite3_stmt *s = store_sql(st, SQL_DEAD_BYTES);
	uint64_t bytes = 0;
	int status, rc;

	if (s != NULL)
		bind_u64(s, 1, d->letter);
	rc = store_step(st, s, &status);
	if (rc == SQLITE_ROW)
		bytes = column_u64(s, 0);
	else if (rc == SQLITE_DONE)
		status = STORE_NONE;
	if (s != NULL)
		sqlite3_reset(s);
	return status != 0 ? status : delete (st, l, d->letter, bytes, as);
}

int
store_dead_last(struct store *st, uint64_t *letter)
{
	sqlite3_stmt *s = store_sql(st, SQL_DEAD_LAST);
	int status;

	*letter = 0;
	if (store_step(st, s, &status) == SQLITE_ROW)
		*letter = column_u64(s, 0);
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}
