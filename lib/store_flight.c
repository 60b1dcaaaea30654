/* SPDX-License-Identifier: MIT */
/*
 * store_flight -- what emit has to know: whose turn it is, and how much is out.
 *
 * emit keeps no list of what it has emitted.  It goes through the segments
 * from the lowest tag up, so what is in flight is what lies below its reach,
 * less the settled ranges, less the retries that wait.  Three short scans of
 * an index tell the number, however deep the backlog is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/store_reach.h"

struct store_flight {
	struct store *st;
	int fd;
	struct store_reach reach; /* what is in the file */
	int64_t lane;
	uint64_t epoch;
};

/*
 * Reach before epoch: an ack that still serves the old epoch sees a reach of
 * nothing and settles no range, which costs a repeat and loses nothing.
 */
static int
take_epoch(struct store_flight *f, const char *name)
{
	struct store_lane lane;
	sqlite3_stmt *s;
	int status;

	store_reach_read(f->st, f->fd, &f->reach);
	memset(f->reach.now, 0, sizeof(f->reach.now));
	snprintf(f->reach.uuid, sizeof(f->reach.uuid), "%s", f->st->uuid);
	if ((status = store_reach_write(f->st, f->fd, &f->reach)) != 0 ||
	    (status = store_begin(f->st)) != 0)
		return status;
	status = store_lane_make(f->st, name, &lane);
	if (status == 0)
		status = store_lane_next_epoch(f->st, &lane.emit_epoch);
	if (status == 0)
		status = store_lane_save(f->st, &lane);
	if (status == 0) {
		if ((s = store_sql(f->st, SQL_RETRY_BACK)) != NULL)
			sqlite3_bind_int64(s, 1, lane.id);
		status = store_run(f->st, s);
	}
	if (status == 0)
		status = store_commit(f->st);
	if (status != 0) {
		store_rollback(f->st);
		return status;
	}
	f->lane = lane.id;
	f->epoch = lane.emit_epoch;
	return 0;
}

static int
take_file(struct store_flight *f, const char *name)
{
	f->fd = store_reach_open(f->st, name, O_RDWR | O_CREAT);
	if (f->fd < 0)
		return store_fail(f->st, errno == EACCES ? EX_NOPERM : EX_IOERR,
		    "unable to open %s.emit-%s: %s", f->st->path, name,
		    strerror(errno));
	if (flock(f->fd, LOCK_EX | LOCK_NB) < 0)
		return store_fail(f->st, EX_TEMPFAIL,
		    "lane %s of %s is being emitted by another process", name,
		    f->st->path);
	return 0;
}

int
store_flight_open(struct store *st, const char *name, struct store_flight **out)
{
	struct store_flight *f = calloc(1, sizeof(*f));
	int status;

	*out = NULL;
	if (f == NULL)
		return store_fail(st, EX_TEMPFAIL, "out of memory");
	f->st = st;
	if ((status = take_file(f, name)) != 0 ||
	    (status = take_epoch(f, name)) != 0) {
		store_flight_close(f);
		return status;
	}
	*out = f;
	return 0;
}

void
store_flight_close(struct store_flight *f)
{
	if (f == NULL)
		return;
	if (f->fd >= 0)
		close(f->fd);
	free(f);
}

uint64_t
store_flight_epoch(const struct store_flight *f)
{
	return f->epoch;
}

int64_t
store_flight_lane(const struct store_flight *f)
{
	return f->lane;
}

int
store_flight_hold(struct store_flight *f)
{
	return store_reach_hold(f->st, f->fd);
}

void
store_flight_let_go(struct store_flight *f)
{
	store_reach_let_go(f->fd);
}

int
store_flight_reach(struct store_flight *f, int class, uint64_t tag)
{
	f->reach.now[class] = tag;
	if (tag > f->reach.ever[class])
		f->reach.ever[class] = tag;
	return store_reach_write(f->st, f->fd, &f->reach);
}

static int
scan(struct store_flight *f, enum sql which, int class, uint64_t last,
    uint64_t *answer)
{
	sqlite3_stmt *s = store_sql(f->st, which);
	int status;

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, f->lane);
		sqlite3_bind_int(s, 2, class);
		bind_u64(s, 3, last);
	}
	if (store_step(f->st, s, &status) == SQLITE_ROW)
		*answer = column_u64(s, 0);
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

int
store_flight_count(
    struct store_flight *f, int class, uint64_t last, uint64_t *count)
{
	uint64_t records = 0, settled = 0, waiting = 0;
	int status;

	if ((status = scan(f, SQL_FLIGHT_RECORDS, class, last, &records)) !=
		0 ||
	    (status = scan(f, SQL_FLIGHT_SETTLED, class, last, &settled)) !=
		0 ||
	    (status = scan(f, SQL_FLIGHT_WAITING, class, last, &waiting)) != 0)
		return status;
	if (settled + waiting > records)
		return store_fail(f->st, EX_DATAERR,
		    "%s is damaged: more is settled than there is",
		    f->st->path);
	*count = records - settled - waiting;
	return 0;
}

/* A segment that is settled whole, or was dropped, is not there any more. */
static int
skip_all(struct store_flight *f, const struct store_segment *g, uint8_t *skip)
{
	struct store_segment now;
	int status = store_segment_of(f->st, g->seg, &now);

	memset(skip, status == STORE_NONE, g->n);
	return status == STORE_NONE ? 0 : status;
}

int
store_flight_skip(
    struct store_flight *f, const struct store_segment *g, uint8_t *skip)
{
	sqlite3_stmt *s;
	int status;

	if ((status = skip_all(f, g, skip)) != 0)
		return status;
	if ((status = store_segment_settled(f->st, g, skip, 1)) != 0)
		return status;
	if ((s = store_sql(f->st, SQL_RETRIES_IN)) != NULL) {
		bind_u64(s, 1, g->seg);
		bind_u64(s, 2, g->seg + g->n);
	}
	while (store_step(f->st, s, &status) == SQLITE_ROW)
		skip[column_u64(s, 0) - g->seg] = 1;
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

/*
 * Who waits for longer than any retry does has seen the clock stepped back:
 * it is due.
 */
#define LONGEST_MS (STORE_RETRY_MAX_MS + STORE_RETRY_MAX_MS / 10)

static int
next_retry(struct store_flight *f, int64_t now_ms, int64_t *next_ms)
{
	sqlite3_stmt *s = store_sql(f->st, SQL_RETRY_NEXT);
	int status;

	*next_ms = INT64_MAX;
	if (s != NULL)
		sqlite3_bind_int64(s, 1, f->lane);
	if (store_step(f->st, s, &status) == SQLITE_ROW &&
	    sqlite3_column_type(s, 0) != SQLITE_NULL)
		*next_ms = sqlite3_column_int64(s, 1) > now_ms + LONGEST_MS
		    ? now_ms
		    : sqlite3_column_int64(s, 0);
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

static int
take_due(struct store_flight *f, int64_t now_ms, struct store_retry *retries,
    size_t max, size_t *n)
{
	sqlite3_stmt *s = store_sql(f->st, SQL_RETRY_DUE);
	int status = 0;

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, f->lane);
		sqlite3_bind_int64(s, 2, now_ms);
		sqlite3_bind_int64(s, 3, now_ms + LONGEST_MS);
		bind_u64(s, 4, max);
	}
	while (*n < max && store_step(f->st, s, &status) == SQLITE_ROW)
		retries[(*n)++] =
		    (struct store_retry){ column_u64(s, 0), column_u64(s, 1) };
	if (s != NULL)
		sqlite3_reset(s);
	for (size_t i = 0; status == 0 && i < *n; i++) {
		if ((s = store_sql(f->st, SQL_RETRY_OUT)) != NULL)
			bind_u64(s, 1, retries[i].tag);
		status = store_run(f->st, s);
	}
	return status;
}

/* Noted as out before they are: the other order could settle them unsent. */
int
store_flight_retries(struct store_flight *f, int64_t now_ms,
    struct store_retry *retries, size_t max, size_t *n, int64_t *next_ms)
{
	int status;

	*n = 0;
	if ((status = next_retry(f, now_ms, next_ms)) != 0 ||
	    *next_ms > now_ms || max == 0)
		return status;
	if ((status = store_begin(f->st)) != 0)
		return status;
	if ((status = take_due(f, now_ms, retries, max, n)) == 0)
		status = store_commit(f->st);
	if (status != 0) {
		*n = 0;
		store_rollback(f->st);
		return status;
	}
	return next_retry(f, now_ms, next_ms);
}
