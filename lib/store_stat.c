/* SPDX-License-Identifier: MIT */
/* store_stat -- how full a spool is, counted from its tables. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/store_db.h"

int
store_depth(struct store *st, int64_t lane, struct store_depth *d)
{
	sqlite3_stmt *s = store_sql(st, SQL_DEPTH);
	int status;

	if (s != NULL)
		sqlite3_bind_int64(s, 1, lane);
	if (store_step(st, s, &status) == SQLITE_ROW)
		*d = (struct store_depth){
			.records = column_u64(s, 0),
			.segments = column_u64(s, 1),
			.retrying = column_u64(s, 2),
			.dead = column_u64(s, 3),
			.gaps = column_u64(s, 4),
			.oldest_ms = sqlite3_column_int64(s, 5),
		};
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

static uint64_t
size_of(struct store *st, const char *suffix)
{
	char path[STORE_PATH_MAX + 8];
	struct stat sb;

	snprintf(path, sizeof(path), "%s%s", st->path, suffix);
	return stat(path, &sb) < 0 ? 0 : (uint64_t)sb.st_size;
}

int
store_unused(struct store *st, uint64_t *pages)
{
	sqlite3_stmt *s = store_sql(st, SQL_UNUSED);
	int status;

	if (store_step(st, s, &status) == SQLITE_ROW)
		*pages = column_u64(s, 0);
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

int
store_size(struct store *st, struct store_size *size)
{
	sqlite3_stmt *s = store_sql(st, SQL_SPOOL);
	uint64_t pages = 0;
	int status;

	*size = (struct store_size){
		.db = size_of(st, ""),
		.wal = size_of(st, "-wal"),
		.created = st->created,
	};
	if (store_step(st, s, &status) == SQLITE_ROW)
		size->unknown = column_u64(s, 2);
	if (s != NULL)
		sqlite3_reset(s);
	if (status == 0 && (status = store_unused(st, &pages)) == 0)
		size->free = pages * st->page_size;
	return status;
}
