/* SPDX-License-Identifier: MIT */
#include "lib/newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/whole.h"

/* Undo after an error, keeping the errno that tells of it. */
static int
give_up(int fd, char *temporary)
{
	int error = errno;

	if (fd >= 0)
		close(fd);
	if (temporary != NULL)
		unlink(temporary);
	free(temporary);
	errno = error;
	return -1;
}

/* Links into /proc are the doors of /dev: /dev/stdout, /dev/fd. */
int
newfile_check(const char *path)
{
	struct stat st;
	char target[sizeof("/proc/")] = "";

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -1;
	if (S_ISREG(st.st_mode))
		return 0;
	if (S_ISLNK(st.st_mode) &&
	    readlink(path, target, sizeof(target) - 1) >= 0 &&
	    strncmp(target, "/proc/", sizeof(target) - 1) != 0 &&
	    (stat(path, &st) == 0 ? S_ISREG(st.st_mode) : errno == ENOENT))
		return 0;
	errno = EINVAL;
	return -1;
}

static int
put(const char *path, struct span bytes, mode_t mode, bool durable)
{
	size_t size = strlen(path) + sizeof(".XXXXXX");
	char *temporary;
	int fd;

	if (newfile_check(path) < 0 || (temporary = malloc(size)) == NULL)
		return -1;
	snprintf(temporary, size, "%s.XXXXXX", path);
	if ((fd = mkostemp(temporary, O_CLOEXEC)) < 0) {
		free(temporary);
		return -1;
	}
	if (fchmod(fd, mode) < 0 || write_all(fd, bytes) < 0 ||
	    (durable && fsync(fd) < 0))
		return give_up(fd, temporary);
	if (close(fd) < 0)
		return give_up(-1, temporary);
	if (rename(temporary, path) < 0)
		return give_up(-1, temporary);
	free(temporary);
	return durable ? newfile_sync_dir(path) : 0;
}

int
newfile_replace(const char *path, struct span bytes, mode_t mode)
{
	return put(path, bytes, mode, true);
}

int
newfile_swap(const char *path, struct span bytes, mode_t mode)
{
	return put(path, bytes, mode, false);
}

int
newfile_sync_dir(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir;
	int fd, result;

	if (slash == NULL)
		dir = strdup(".");
	else
		dir = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (dir == NULL)
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (fd < 0)
		return -1;
	result = fsync(fd);
	/* Some file systems cannot sync a directory, and need not. */
	if (result < 0 && errno == EINVAL)
		result = 0;
	if (result < 0)
		return give_up(fd, NULL);
	return close(fd);
}

int
newfile_read(const char *path, size_t max, struct buf *b)
{
	/* O_NONBLOCK: a FIFO in the place of the file must not hold us. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return give_up(fd, NULL);
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return give_up(fd, NULL);
	}
	for (size_t total = 0;;) {
		char *room = buf_room(b, 4096);
		ssize_t got;

		if (room == NULL) {
			errno = ENOMEM;
			return give_up(fd, NULL);
		}
		got = read(fd, room, 4096);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return give_up(fd, NULL);
		if (got == 0)
			break;
		if ((total += (size_t)got) > max) {
			errno = EFBIG;
			return give_up(fd, NULL);
		}
		buf_took(b, (size_t)got);
	}
	return close(fd);
}

int
newfile_mkdirs(const char *path, mode_t mode)
{
	char *copy = strdup(path), *slash;
	int result;

	if (copy == NULL)
		return -1;
	slash = copy;
	do {
		slash = strchr(slash + 1, '/');
		if (slash != NULL)
			*slash = '\0';
		result = mkdir(copy, mode);
		if (result < 0 && errno == EEXIST)
			result = 0;
		if (slash != NULL)
			*slash = '/';
	} while (result == 0 && slash != NULL && slash[1] != '\0');
	free(copy); /* free(3) keeps errno */
	return result;
}
