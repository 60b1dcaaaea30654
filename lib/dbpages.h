/* SPDX-License-Identifier: MIT */
/*
 * dbpages -- the rows of an SQLite file that SQLite will not open any more.
 *
 * Shape   Every page that is not on the freelist is looked at, wherever the
 *         tree has lost it; of a b-tree page the cells that make sense are
 *         handed out as rows.  What the log (path-wal) has committed stands for
 *         the file's own pages.  Which table a row is of, its shape tells the
 *         caller.
 * Damage  Nothing is trusted: each offset, length and page number is checked.
 *         A row whose overflow chain breaks is cut there.  A page that cannot
 *         be read, or holds no row although it should, is passed over.
 * Owner   Values are loans of the row, the row of the call.
 * Limits  DBROW_VALUES to a row, DBROW_BYTES of it.  The writers of the file
 *         are to be held off.
 * Errors  -1 with errno from open(2), read(2), malloc(3).
 * Source  sqlite.org/fileformat2.html.
 */
#ifndef RX_DBPAGES_H
#define RX_DBPAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/span.h"

#define DBROW_VALUES 80
#define DBROW_BYTES (512 << 20)

struct dbpages {
	uint32_t n; /* pages */
	uint32_t unreadable; /* of them, by the disk */
	/* private */
	int fd, wal_fd;
	uint32_t size; /* of a page */
	int64_t *wal_at; /* where in the log a page is, 0: in the file */
	uint8_t *is_free;
	uint8_t *page, *overflow;
	struct buf payload;
};

int dbpages_open(struct dbpages *, const char *path);
void dbpages_close(struct dbpages *);

enum dbtype { DB_NULL, DB_INT, DB_REAL, DB_TEXT, DB_BLOB };
struct dbvalue {
	enum dbtype type;
	int64_t n; /* DB_INT */
	struct span text; /* DB_TEXT, DB_BLOB */
};
struct dbrow {
	bool keyed; /* of an index or WITHOUT ROWID: there is no rowid */
	bool cut; /* the last values are not all there */
	int64_t rowid;
	size_t n;
	struct dbvalue v[DBROW_VALUES];
};

/* Calls each row of a page from 1 to n; each returns 0 to go on. */
int dbpages_rows(struct dbpages *, uint32_t page,
    int (*each)(void *, const struct dbrow *), void *);

#endif
