/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/links.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How many bytes of a path were named; SIZE_MAX: all. */
static size_t (*given_of)(const void *, const char *path);
static const void *given_arg;

void
links_begin(size_t (*given)(const void *, const char *path), const void *arg)
{
	given_of = given;
	given_arg = arg;
}

static bool
is_trusted(int dir)
{
	struct stat st;

	if (fstat(dir, &st) < 0)
		return false;
	return (st.st_uid == 0 || st.st_uid == geteuid()) &&
	    (st.st_mode & S_IWOTH) == 0 &&
	    ((st.st_mode & S_IWGRP) == 0 || st.st_gid == 0);
}

/* What the link leads to, where it is owned by who made the link. */
static int
open_own(int dir, const char *name, int flags, uid_t owner)
{
	struct stat st;
	int fd = -1;

	/* First without opening it: to open a device may do something. */
	if (fstatat(dir, name, &st, 0) < 0)
		return -1;
	if (st.st_uid == owner && (fd = openat(dir, name, flags)) >= 0) {
		if (fstat(fd, &st) == 0 && st.st_uid == owner)
			return fd;
		close(fd);
	} else if (st.st_uid == owner)
		return -1;
	errno = ELOOP;
	return -1;
}

/* One component below dir, which it closes. */
static int
step(int dir, const char *name, int flags)
{
	struct stat st;
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), error;
	bool is_link = fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode);

	if (fd >= 0)
		close(fd);
	if (fd < 0 || !is_link)
		fd = openat(dir, name, flags | O_NOFOLLOW);
	else if (is_trusted(dir))
		fd = openat(dir, name, flags);
	else
		fd = open_own(dir, name, flags, st.st_uid);
	error = errno;
	close(dir);
	errno = error;
	return fd;
}

static int
walk(const char *path, size_t given, int flags)
{
	const int through = O_PATH | O_DIRECTORY | O_CLOEXEC;
	char name[PATH_MAX];
	int dir;

	if (given >= sizeof(name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, path, given);
	name[given] = '\0';
	if ((dir = open(given > 0 ? name : ".", through)) < 0)
		return -1;
	for (path += given;;) {
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len > NAME_MAX) {
			close(dir);
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, path, len);
		name[len] = '\0';
		path += len;
		if (path[strspn(path, "/")] == '\0')
			return step(dir, name, flags);
		if ((dir = step(dir, name, through)) < 0)
			return -1;
	}
}

int
links_open(const char *path, int flags)
{
	struct open_how how = { .flags = (uint64_t)flags,
		.resolve = RESOLVE_NO_SYMLINKS };
	size_t given;
	int fd;

	if (given_of == NULL)
		return open(path, flags);
	fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	if (fd >= 0 || (errno != ELOOP && errno != ENOSYS && errno != EPERM))
		return fd;
	given = given_of(given_arg, path);
	return given == SIZE_MAX ? open(path, flags) : walk(path, given, flags);
}
