/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/crash.h"
#include "lib/lines.h"
#include "lib/newfile.h"
#include "lib/num.h"
#include "lib/record.h"
#include "lib/rtime.h"
#include "lib/whole.h"

void
archive_init(struct archive *a, const char *path)
{
	*a = (struct archive){ .path = path, .fd = -1 };
}

void
archive_release(struct archive *a)
{
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
}

void
archive_reopen(struct archive *a)
{
	a->reopen = true;
}

static int
failed(struct archive *a, const char *at)
{
	a->at = at;
	return -1;
}

/* True while path names the file that is open. */
static bool
is_current(const struct archive *a)
{
	struct stat here, there;

	return a->fd >= 0 && !a->reopen && fstat(a->fd, &here) == 0 &&
	    stat(a->path, &there) == 0 && here.st_dev == there.st_dev &&
	    here.st_ino == there.st_ino;
}

static int
open_path(struct archive *a)
{
	struct stat st;
	bool made = false;

	/* What waits there for the disk is out of reach later. */
	if (archive_sync(a) < 0)
		return -1;
	archive_release(a);
	a->fd = open(
	    a->path, O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (a->fd < 0 && errno == ENOENT) {
		made = true;
		a->fd = open(a->path,
		    O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	}
	if (a->fd < 0)
		return failed(a, "open");
	if (fstat(a->fd, &st) < 0)
		return failed(a, "look at");
	if (!S_ISREG(st.st_mode)) {
		archive_release(a);
		errno = EINVAL;
		return failed(a, "use as a file");
	}
	/* A name that a power failure takes away takes the lines with it. */
	if (made && newfile_sync_dir(a->path) < 0)
		return failed(a, "sync the directory of");
	a->reopen = false;
	return 0;
}

/* The lock on the file that path names, also if it changed while waiting. */
static int
lock(struct archive *a)
{
	for (;;) {
		if (!is_current(a) && open_path(a) < 0)
			return -1;
		while (flock(a->fd, LOCK_EX) < 0)
			if (errno != EINTR)
				return failed(a, "lock");
		if (is_current(a))
			return 0;
	}
}

/*
 * What stands behind the last newline, read into bytes; at most LINES_MAX of
 * it, for more is no record that was ever written here.
 */
static int
read_tail(int fd, off_t end, char *bytes, struct span *tail)
{
	off_t from = end > LINES_MAX ? end - LINES_MAX : 0;
	ssize_t got = read_at(fd, bytes, (size_t)(end - from), (uint64_t)from);
	const char *newline;

	if (got != end - from)
		return -1;
	newline = memrchr(bytes, '\n', (size_t)got);
	tail->at = newline == NULL ? bytes : newline + 1;
	tail->len = (size_t)(bytes + got - tail->at);
	return 0;
}

/* Looks at what a dead writer left; *end is then where to go on. */
static int
mend(struct archive *a, off_t *end)
{
	struct record record;
	struct span tail;
	char last, *bytes;
	bool keep;

	if (*end == 0)
		return 0;
	if (read_at(a->fd, &last, 1, (uint64_t)*end - 1) != 1)
		return failed(a, "read");
	if (last == '\n')
		return 0;
	if ((bytes = malloc(LINES_MAX)) == NULL)
		return failed(a, "mend");
	if (read_tail(a->fd, *end, bytes, &tail) < 0) {
		free(bytes);
		return failed(a, "read");
	}
	record_init(&record);
	/* Of the longest the beginning is not known: it is none of ours. */
	keep = tail.len == LINES_MAX || tail.at[0] != '{' ||
	    record_parse(&record, tail) == 0;
	record_release(&record);
	free(bytes);
	a->torn++;
	if (keep) {
		if (write(a->fd, "\n", 1) != 1)
			return failed(a, "mend");
		++*end;
		return 0;
	}
	*end -= (off_t)tail.len;
	a->cut += tail.len;
	return ftruncate(a->fd, *end) < 0 ? failed(a, "mend") : 0;
}

static bool
is_due(const struct archive *a, off_t end, size_t more)
{
	struct stat st;

	if (end == 0)
		return false;
	if (a->max_bytes > 0 && (uint64_t)end + more > a->max_bytes)
		return true;
	return a->period_ns > 0 && fstat(a->fd, &st) == 0 &&
	    (st.st_mtim.tv_sec * (int64_t)NUM_S + st.st_mtim.tv_nsec) /
		a->period_ns !=
	    rtime_now_ns() / a->period_ns;
}

/* path.20261122T154512.123456789Z, a name that is free. */
static int
name_segment(const struct archive *a, char *name, size_t size)
{
	char time[RTIME_MAX], *to = time;
	int64_t now_ns = rtime_now_ns();

	do {
		rtime_render(time, now_ns++, 9);
		for (const char *from = to = time; *from != '\0'; from++)
			if (strchr("-:", *from) == NULL)
				*to++ = *from;
		*to = '\0';
		if (snprintf(name, size, "%s.%s", a->path, time) >= (int)size) {
			errno = ENAMETOOLONG;
			return -1;
		}
	} while (access(name, F_OK) == 0);
	return 0;
}

bool
archive_is_segment(const char *name, const char *base)
{
	static const char shape[] = ".ddddddddTdddddd.dddddddddZ";
	size_t len = strlen(base);

	if (strncmp(name, base, len) != 0 ||
	    strlen(name + len) != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; shape[i] != '\0'; i++)
		if (shape[i] == 'd' ? name[len + i] < '0' || name[len + i] > '9'
				    : name[len + i] != shape[i])
			return false;
	return true;
}

/* 1: the file was closed, another is to be opened; 0: it need not be. */
static int
rotate(struct archive *a, off_t end, size_t more)
{
	char name[PATH_MAX];
	struct stat st;

	if (!is_due(a, end, more))
		return 0;
	if (lstat(a->path, &st) == 0 && S_ISLNK(st.st_mode)) {
		errno = ELOOP;
		return failed(a, "rotate");
	}
	if (archive_sync(a) < 0)
		return -1;
	if (name_segment(a, name, sizeof(name)) < 0 ||
	    rename(a->path, name) < 0 || newfile_sync_dir(a->path) < 0)
		return failed(a, "rotate");
	a->closed++;
	return 1; /* the lock goes with the descriptor */
}

/* All or nothing, as far as this file system lets us. */
static int
append(struct archive *a, off_t start, struct span lines, bool sync)
{
	int error;

	a->dirty = true;
	if (write_all(a->fd, lines) == 0) {
		CRASH("ship.sent");
		if (!sync || archive_sync(a) == 0)
			return 0;
	} else
		failed(a, "write");
	error = errno;
	/* If this fails too, half a line is mended the next time. */
	(void)!ftruncate(a->fd, start);
	errno = error;
	return -1;
}

int
archive_sync(struct archive *a)
{
	if (!a->dirty)
		return 0;
	a->dirty = false;
	a->in_doubt = fdatasync(a->fd) < 0;
	return a->in_doubt ? failed(a, "sync") : 0;
}

int
archive_append(struct archive *a, struct span lines, bool sync)
{
	off_t end = 0;
	int result, error;

	a->in_doubt = false;
	do {
		if (lock(a) < 0)
			return -1;
		if ((end = lseek(a->fd, 0, SEEK_END)) < 0)
			result = failed(a, "look at");
		else if ((result = mend(a, &end)) == 0)
			result = rotate(a, end, lines.len);
	} while (result > 0);
	if (result == 0)
		result = append(a, end, lines, sync);
	error = errno;
	flock(a->fd, LOCK_UN);
	errno = error;
	return result;
}

int
archive_check(struct archive *a)
{
	char *copy;
	int result;

	if (access(a->path, F_OK) == 0) {
		result = open_path(a);
		archive_release(a);
		return result;
	}
	if ((copy = strdup(a->path)) == NULL)
		return failed(a, "look at");
	result = access(dirname(copy), W_OK | X_OK);
	free(copy);
	return result < 0 ? failed(a, "make") : 0;
}
