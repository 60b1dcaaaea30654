/* SPDX-License-Identifier: MIT */
/* store_source -- where each source was read to, and what of it is lost. */
#include <string.h>

#include "lib/store_db.h"

#define GAPS_MAX 10000 /* a lane's, each a row of its own */
#define GAPS_SPARE 1000 /* and so many more until they are counted again */

static void
read_row(sqlite3_stmt *s, struct store_source *source)
{
	column_copy(s, 0, source->src, sizeof(source->src));
	source->off = column_u64(s, 1);
	source->hwm = column_u64(s, 2);
	source->entry = column_span(s, 3);
	source->anchors = column_span(s, 4);
	source->done = sqlite3_column_int(s, 5) != 0;
	source->saved_ms = sqlite3_column_int64(s, 6);
}

int
store_sources(struct store *st, int64_t lane,
    int (*each)(void *, const struct store_source *), void *arg)
{
	sqlite3_stmt *s = store_sql(st, SQL_SOURCES);
	struct store_source source;
	int status;

	if (s != NULL)
		sqlite3_bind_int64(s, 1, lane);
	while (store_step(st, s, &status) == SQLITE_ROW) {
		read_row(s, &source);
		if ((status = each(arg, &source)) != 0)
			break;
	}
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

int
store_source_find(struct store *st, int64_t lane, const char *src,
    int (*each)(void *, const struct store_source *), void *arg)
{
	sqlite3_stmt *s = store_sql(st, SQL_SOURCE_FIND);
	struct store_source source;
	int status;

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, lane);
		bind_text(s, 2, src);
	}
	if (store_step(st, s, &status) == SQLITE_ROW) {
		read_row(s, &source);
		status = each(arg, &source);
	} else if (status == 0)
		status = STORE_NONE;
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

int
store_sources_saved(struct store *st, int64_t lane, int64_t *ms)
{
	sqlite3_stmt *s = store_sql(st, SQL_SOURCES_SAVED);
	int status;

	*ms = 0;
	if (s != NULL)
		sqlite3_bind_int64(s, 1, lane);
	if (store_step(st, s, &status) == SQLITE_ROW)
		*ms = sqlite3_column_int64(s, 0);
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

int
store_source_save(struct store *st, int64_t lane,
    const struct store_source *source, int64_t now_ms)
{
	sqlite3_stmt *s = store_sql(st, SQL_SOURCE_SAVE);

	if (s == NULL)
		return store_run(st, s);
	sqlite3_bind_int64(s, 1, lane);
	bind_text(s, 2, source->src);
	bind_u64(s, 3, source->off);
	bind_u64(s, 4, source->hwm);
	bind_span(s, 5, source->entry);
	bind_span(s, 6, source->anchors);
	sqlite3_bind_int(s, 7, source->done);
	sqlite3_bind_int64(s, 8, now_ms);
	return store_run(st, s);
}

int
store_sources_prune(struct store *st, int64_t lane)
{
	sqlite3_stmt *s = store_sql(st, SQL_SOURCES_PRUNE);

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, lane);
		sqlite3_bind_int(s, 2, STORE_SOURCES_KEPT);
	}
	return store_run(st, s);
}

int
store_gap_add(
    struct store *st, int64_t lane, const struct control *gap, int64_t now_ms)
{
	sqlite3_stmt *s = store_sql(st, SQL_GAP_ADD);

	if (s == NULL)
		return store_run(st, s);
	sqlite3_bind_int64(s, 1, lane);
	bind_span(s, 2, gap->src);
	bind_u64(s, 3, gap->from);
	if (gap->to_known)
		bind_u64(s, 4, gap->to);
	else
		sqlite3_bind_null(s, 4);
	bind_span(s, 5, gap->why);
	bind_span(s, 6, gap->path);
	sqlite3_bind_int64(s, 7, now_ms);
	return store_run(st, s);
}

static int
fold(struct store *st, enum sql which, int64_t lane, uint64_t gap)
{
	sqlite3_stmt *s = store_sql(st, which);

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, lane);
		bind_u64(s, 2, gap);
	}
	return store_run(st, s);
}

/* The newest of the lane's gaps behind so many; 0: there are fewer. */
static int
beyond(struct store *st, int64_t lane, int n, uint64_t *gap)
{
	sqlite3_stmt *s = store_sql(st, SQL_GAP_BEYOND);
	int status;

	*gap = 0;
	if (s != NULL) {
		sqlite3_bind_int64(s, 1, lane);
		sqlite3_bind_int(s, 2, n);
	}
	if (store_step(st, s, &status) == SQLITE_ROW)
		*gap = column_u64(s, 0);
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

int
store_gap_trim(struct store *st, int64_t lane)
{
	uint64_t gap;
	int status = beyond(st, lane, GAPS_MAX + GAPS_SPARE, &gap);

	if (status != 0 || gap == 0 ||
	    (status = beyond(st, lane, GAPS_MAX, &gap)) != 0 ||
	    (status = fold(st, SQL_GAP_SUM, lane, gap)) != 0)
		return status;
	return fold(st, SQL_GAP_FOLD, lane, gap);
}
