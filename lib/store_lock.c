/* SPDX-License-Identifier: MIT */
/*
 * store_lock -- one writer at a time, the log kept short, and word of each
 *               commit.
 *
 * SQLite 3.7.0 to 3.51.2 can corrupt a WAL database when a checkpoint races
 * with a commit of another connection.  So one flock covers every write
 * transaction and every checkpoint.  A checkpoint is due when the log has
 * CHECKPOINT bytes: often enough that the log stays in the page cache, rarely
 * enough that a page written many times is copied once.  A reader that keeps
 * an old view pins the log; past max_wal nobody writes until it goes away.
 */
#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "lib/crash.h"
#include "lib/diag.h"
#include "lib/stop.h"
#include "lib/store_db.h"
#include "lib/whole.h"

#define CHECKPOINT (UINT64_C(4) << 20) /* bytes of log */
#define RESERVE (UINT64_C(512) << 10) /* bytes of disk, kept for ack */
#define TELL_MS 60000

static void
nap(int64_t ms)
{
	const struct timespec t = { 0, ms * 1000000 };

	nanosleep(&t, NULL);
}

/*
 * flock(2) would wait for a holder that was stopped, whatever we promised
 * about time.  So we ask again: at first often, a commit takes about 1 ms.
 */
int
store_lock(struct store *st)
{
	int64_t since = stop_now_ms(), told = since, now, ms = 1;

	if (st->locked || st->lock_fd < 0)
		return 0;
	while (flock(st->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return store_fail(st, EX_IOERR,
			    "unable to lock %s.lock: %s", st->path,
			    strerror(errno));
		now = stop_now_ms();
		if (st->options.wait_ms >= 0 &&
		    now - since >= st->options.wait_ms)
			return store_fail(st, EX_TEMPFAIL,
			    "%s.lock is held by another process", st->path);
		if (now - told >= TELL_MS) {
			warn("waiting for %s.lock since %jd s: is its holder "
			     "stopped?",
			    st->path, (intmax_t)(now - since) / 1000);
			told = now;
		}
		nap(ms);
		if (now - since > 100 && ms < 8)
			ms *= 2;
	}
	st->locked = true;
	return 0;
}

void
store_unlock(struct store *st)
{
	/* Closing them gives their locks back. */
	while (st->n_holds > 0)
		close(st->hold_fd[--st->n_holds]);
	if (st->locked)
		flock(st->lock_fd, LOCK_UN);
	st->locked = false;
}

/* Under the lock.  wal_frames is then what could not be copied. */
int
store_checkpoint(struct store *st, bool all)
{
	int frames = 0, copied = 0;
	int rc, status;

	CRASH("push.checkpoint");
	errno = 0;
	rc = sqlite3_wal_checkpoint_v2(
	    st->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &copied);
	if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
		return 0; /* a reader: the next one gets further */
	st->error = errno;
	if (rc != SQLITE_OK &&
	    (status = store_sql_fail(st, rc, "checkpoint")) != STORE_FULL)
		return status;
	if (rc == SQLITE_OK && frames == copied) {
		st->wal_frames = 0;
		/* Last of all connections: leave no log behind. */
		if (all)
			sqlite3_wal_checkpoint_v2(st->db, NULL,
			    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	}
	return 0;
}

int
store_begin(struct store *st)
{
	int status;

	if (st->broken)
		return EX_IOERR;
	if ((status = store_lock(st)) != 0)
		return status;
	if (st->wal_frames * st->page_size > st->options.max_wal) {
		if ((status = store_checkpoint(st, false)) == 0 &&
		    st->wal_frames > 0)
			status = store_fail(st, STORE_FULL,
			    "%s-wal may not grow further: a reader pins it",
			    st->path);
		if (status != 0) {
			store_unlock(st);
			return status;
		}
	}
	if ((status = store_run(st, store_sql(st, SQL_BEGIN_WRITE))) != 0) {
		store_unlock(st);
		return status;
	}
	st->writing = true;
	return 0;
}

/* Word of a commit.  Who misses it looks once a second all the same. */
static void
tell(struct store *st)
{
	uint64_t number = 0;

	if (read_at(st->lock_fd, &number, sizeof(number), 0) < 0)
		number = 0;
	number++;
	if (write_at(st->lock_fd, &number, sizeof(number), 0) < 0)
		debug("unable to write %s.lock: %s", st->path, strerror(errno));
}

int
store_commit(struct store *st)
{
	int status = store_run(st, store_sql(st, SQL_COMMIT));

	if (status != 0)
		return status; /* the caller rolls back */
	st->writing = false;
	tell(st);
	if (st->wal_frames * st->page_size >=
	    CRASH_SIZE("RX_CHECKPOINT", CHECKPOINT))
		status = store_checkpoint(st, false);
	store_unlock(st);
	return status;
}

void
store_rollback(struct store *st)
{
	sqlite3_stmt *s;

	/* Some errors have rolled back already. */
	if (st->writing && !sqlite3_get_autocommit(st->db) &&
	    (s = store_sql(st, SQL_ROLLBACK)) != NULL) {
		sqlite3_step(s);
		sqlite3_reset(s);
	}
	st->writing = false;
	store_unlock(st);
}

bool
store_room(struct store *st, uint64_t bytes)
{
	uint64_t log = st->wal_frames * st->page_size, disk, need, file = 0;
	struct statvfs fs;

	if (statvfs(st->path, &fs) < 0)
		return true; /* the write will tell */
	disk = (uint64_t)fs.f_bavail * fs.f_frsize;
	need = log + 2 * bytes + RESERVE;
	if (disk > need)
		return true;
	/* A file that was fuller once takes so much without growing. */
	if (store_unused(st, &file) != 0)
		return true;
	file *= st->page_size;
	return disk > need - (file < bytes ? file : bytes);
}

int
store_shrink(struct store *st)
{
	int status;

	if (st->broken)
		return EX_IOERR;
	if ((status = store_lock(st)) != 0)
		return status;
	status = store_checkpoint(st, false);
	store_unlock(st);
	return status;
}

int
store_read(struct store *st)
{
	return store_run(st, store_sql(st, SQL_BEGIN));
}

void
store_read_end(struct store *st)
{
	if (!sqlite3_get_autocommit(st->db))
		store_run(st, store_sql(st, SQL_COMMIT));
}

int
store_watch(struct store *st)
{
	char path[STORE_PATH_MAX + 8];

	if (st->watch_fd >= 0)
		return st->watch_fd;
	st->watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (st->watch_fd < 0)
		return -1; /* the poll of a second is left */
	strcpy(path, st->path);
	strcat(path, ".lock");
	if (inotify_add_watch(st->watch_fd, path, IN_MODIFY) < 0) {
		close(st->watch_fd);
		st->watch_fd = -1;
	}
	return st->watch_fd;
}

bool
store_moved(struct store *st)
{
	char drain[4096];
	int64_t version = -1;
	sqlite3_stmt *s;
	int status;

	if (st->watch_fd >= 0)
		while (read(st->watch_fd, drain, sizeof(drain)) > 0)
			;
	s = store_sql(st, SQL_DATA_VERSION);
	if (store_step(st, s, &status) == SQLITE_ROW)
		version = sqlite3_column_int64(s, 0);
	if (s != NULL)
		sqlite3_reset(s);
	if (version == st->version)
		return false;
	st->version = version;
	return true;
}
