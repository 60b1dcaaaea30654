/* SPDX-License-Identifier: MIT */
/*
 * store_open -- find out what a file is before SQLite touches it, then open it.
 *
 *   there is no file          made, if asked for
 *   empty                     the same
 *   no SQLite database        65, untouched
 *   a database of others      65, untouched (application_id in its header)
 *   a spool, newer layout     78, untouched
 *   a symlink, or two names   77: DB.lock stands beside the name, and two
 *                             names would make two locks of one spool
 *   a directory others write  77, unless it is sticky (SEC-32)
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store_db.h"
#include "lib/whole.h"

#define HEADER 100 /* bytes, of a database file */
#define HEADER_APPLICATION 68
#define BUSY_MS 3000

static int
fail_errno(struct store *st, const char *doing, const char *what)
{
	int error = errno;
	int status = error == EACCES || error == EPERM || error == ELOOP
	    ? EX_NOPERM
	    : EX_IOERR;

	return store_fail(st, status, "unable to %s %s%s: %s", doing, st->path,
	    what, strerror(error));
}

static int
check_directory(struct store *st)
{
	char dir[STORE_PATH_MAX];
	char *slash;
	struct stat sb;

	snprintf(dir, sizeof(dir), "%s", st->path);
	slash = strrchr(dir, '/');
	if (slash == NULL)
		snprintf(dir, sizeof(dir), ".");
	else if (slash == dir)
		slash[1] = '\0';
	else
		*slash = '\0';
	if (stat(dir, &sb) < 0)
		return store_fail(st, errno == EACCES ? EX_NOPERM : EX_IOERR,
		    "unable to use directory %s: %s", dir, strerror(errno));
	if (!S_ISDIR(sb.st_mode))
		return store_fail(st, EX_IOERR, "%s is not a directory", dir);
	if ((sb.st_mode & S_IWOTH) && !(sb.st_mode & S_ISVTX))
		return store_fail(st, EX_NOPERM,
		    "directory %s can be written by everybody: chmod o-w it",
		    dir);
	return 0;
}

static uint32_t
big_endian(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	    (uint32_t)at[2] << 8 | at[3];
}

/*
 * Reads the header with plain calls.  Before SQLite opens the file: closing
 * any descriptor of it drops the locks of the whole process.
 */
static int
check_header(struct store *st, int fd)
{
	unsigned char header[HEADER];
	ssize_t got = read_at(fd, header, sizeof(header), 0);
	uint32_t application;

	if (got < 0)
		return fail_errno(st, "read", "");
	if (got == 0)
		return 0;
	if (got < HEADER || memcmp(header, "SQLite format 3", 16) != 0)
		return store_fail(st, EX_DATAERR,
		    "%s is not a spool: name another file", st->path);
	application = big_endian(header + HEADER_APPLICATION);
	if (application != 0 && application != STORE_APPLICATION)
		return store_fail(st, EX_DATAERR,
		    "%s is a database, but no spool: name another file",
		    st->path);
	return 0;
}

static int
check_file(struct store *st)
{
	struct stat sb;
	int fd, status;

	fd = open(st->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT) {
		if (st->options.create)
			return 0;
		return store_fail(st, STORE_NONE, "there is no %s", st->path);
	}
	if (fd < 0)
		return fail_errno(st, "open", "");
	if (fstat(fd, &sb) < 0)
		status = fail_errno(st, "open", "");
	else if (!S_ISREG(sb.st_mode))
		status = store_fail(
		    st, EX_DATAERR, "%s is not a regular file", st->path);
	else if (sb.st_nlink > 1)
		status = store_fail(st, EX_NOPERM,
		    "%s has several names: a spool needs one, for its lock",
		    st->path);
	else
		status = check_header(st, fd);
	close(fd);
	return status;
}

int
store_side_file(struct store *st, const char *suffix, int flags)
{
	char path[STORE_PATH_MAX + STORE_LANE_MAX + 8];

	snprintf(path, sizeof(path), "%s.%s", st->path, suffix);
	return open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* What every connection has, whoever made the file. */
static int
settings(struct store *st)
{
	int status;

	sqlite3_extended_result_codes(st->db, 1);
	sqlite3_busy_timeout(st->db, BUSY_MS);
	/* A close must not checkpoint: that would be outside the lock. */
	sqlite3_db_config(
	    st->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	/* A file that was tampered with runs no code of its own. */
	sqlite3_db_config(
	    st->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
	sqlite3_db_config(st->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	/*
	 * Pages of 8 KiB: of 4 KiB each record stored in a flood costs a fifth
	 * more, and of 16 KiB the log at 100 records/s twice as many bytes.  No
	 * vacuum by itself: it would write a pointer page in each commit, and
	 * the file's size is bounded by --max-bytes.  No secure_delete: that
	 * zeroes a segment's pages, through the log, when it is settled.
	 */
	status = store_exec(st,
	    "PRAGMA page_size = 8192; PRAGMA auto_vacuum = NONE;"
	    "PRAGMA secure_delete = OFF; PRAGMA wal_autocheckpoint = 0;"
	    "PRAGMA journal_size_limit = 4194304;"
	    "PRAGMA temp_store = MEMORY;");
	if (status != 0)
		return status;
	return store_exec(st,
	    st->options.sync_normal ? "PRAGMA synchronous = NORMAL;"
				    : "PRAGMA synchronous = FULL;");
}

static int
on_wal(void *arg, sqlite3 *db, const char *name, int frames)
{
	struct store *st = arg;

	(void)db;
	(void)name;
	st->wal_frames = (uint64_t)frames;
	return SQLITE_OK;
}

static int
open_db(struct store *st)
{
	/* A reader has to be able to remove the index it needs. */
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE |
	    (st->options.create ? SQLITE_OPEN_CREATE : 0);
	int status;

	if (sqlite3_open_v2(st->path, &st->db, flags, NULL) != SQLITE_OK) {
		if (st->db == NULL)
			return store_fail(st, EX_TEMPFAIL, "out of memory");
		return store_sql_fail(
		    st, sqlite3_extended_errcode(st->db), "open");
	}
	if ((status = settings(st)) != 0 ||
	    (st->options.read_only &&
		(status = store_exec(st, "PRAGMA query_only = ON")) != 0))
		return status;
	sqlite3_wal_hook(st->db, on_wal, st);
	return store_schema(st);
}

static int
open_locked(struct store *st)
{
	int status;

	if (st->options.read_only)
		/* To tidy up at the end; it may not be there, or not ours. */
		st->lock_fd = store_side_file(st, "lock", O_RDONLY);
	else {
		st->lock_fd = store_side_file(st, "lock", O_RDWR | O_CREAT);
		if (st->lock_fd < 0)
			return fail_errno(st, "open", ".lock");
		if ((status = store_lock(st)) != 0)
			return status;
	}
	status = open_db(st);
	store_unlock(st);
	return status;
}

int
store_open(struct store **out, const char *path,
    const struct store_options *options, char why[STORE_WHY])
{
	struct store *st = calloc(1, sizeof(*st));
	mode_t mask;
	int status;

	*out = NULL;
	if (st == NULL) {
		snprintf(why, STORE_WHY, "out of memory");
		return EX_TEMPFAIL;
	}
	st->options = *options;
	if (st->options.max_wal == 0)
		st->options.max_wal = UINT64_C(64) << 20;
	st->lock_fd = st->watch_fd = -1;
	if (strlen(path) >= sizeof(st->path))
		status = store_fail(st, EX_USAGE, "the path is too long");
	else {
		snprintf(st->path, sizeof(st->path), "%s", path);
		mask = umask(0077); /* for the files SQLite makes */
		if ((status = check_directory(st)) == 0 &&
		    (status = check_file(st)) == 0)
			status = open_locked(st);
		umask(mask);
	}
	if (status == 0) {
		*out = st;
		return 0;
	}
	snprintf(why, STORE_WHY, "%s", st->why);
	store_close(st);
	return status;
}

int
store_finish(struct store *st)
{
	int status;

	if (st->broken || st->writing || st->wal_frames == 0)
		return 0;
	if ((status = store_lock(st)) != 0)
		return status;
	sqlite3_busy_timeout(st->db, 0);
	status = store_checkpoint(st, true);
	store_unlock(st);
	return status;
}

static bool
log_is_empty(const struct store *st)
{
	char path[STORE_PATH_MAX + 8];
	struct stat sb;

	snprintf(path, sizeof(path), "%s-wal", st->path);
	return stat(path, &sb) == 0 && sb.st_size == 0;
}

/*
 * The last of all connections leaves no log behind, nor its index: SQLite
 * removes them.  That is a checkpoint, so it is done under the lock; who cannot
 * have it is not the last.  A reader, and who met an error, copies nothing into
 * the file.
 */
static void
tidy(struct store *st)
{
	if (st->db == NULL || st->broken ||
	    ((st->options.read_only || st->failed) && !log_is_empty(st)))
		return;
	st->options.wait_ms = 0;
	if (store_lock(st) == 0)
		sqlite3_db_config(
		    st->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, (int *)NULL);
}

void
store_close(struct store *st)
{
	if (st == NULL)
		return;
	if (st->writing)
		store_rollback(st);
	for (int i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(st->statements[i]);
	tidy(st);
	sqlite3_close(st->db);
	if (st->watch_fd >= 0)
		close(st->watch_fd);
	if (st->lock_fd >= 0)
		close(st->lock_fd);
	free(st);
}

const char *
store_why(const struct store *st)
{
	return st->why;
}

const char *
store_uuid(const struct store *st)
{
	return st->uuid;
}

const char *
store_versions(void)
{
	static char line[64];

	snprintf(line, sizeof(line), "sqlite %s\n", sqlite3_libversion());
	return line;
}
