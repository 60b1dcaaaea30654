/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/confine.h"
#include "lib/diag.h"

static struct root {
	const char *path;
	size_t len; /* without slashes at its end: 0 for "/" */
	int fd;
} roots[BENEATH_ROOTS];
static size_t n_roots;

void
beneath_add(const char *option, const char *path)
{
	struct root *root = &roots[n_roots];

	if (n_roots == BENEATH_ROOTS)
		die(EX_USAGE, "%s: more than %d", option, BENEATH_ROOTS);
	if (*path != '/')
		die(EX_USAGE, "%s %s is no absolute path", option, path);
	root->path = path;
	root->len = strlen(path);
	while (root->len > 0 && path[root->len - 1] == '/')
		root->len--;
	root->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root->fd < 0)
		die_sys(EX_CONFIG, "%s %s", option, path);
	n_roots++;
}

int
beneath_allow(void)
{
	for (size_t i = 0; i < n_roots; i++)
		if (confine_allow(roots[i].path, "r") < 0)
			return -1;
	return 0;
}

const char *
beneath_root(size_t i)
{
	return i < n_roots ? roots[i].path : NULL;
}

/* The root that holds path most closely, and the rest of path. */
static const struct root *
find(const char *path, const char **rest)
{
	const struct root *best = NULL;

	for (size_t i = 0; i < n_roots; i++) {
		const struct root *r = &roots[i];

		if (strncmp(path, r->path, r->len) == 0 &&
		    (path[r->len] == '/' || path[r->len] == '\0') &&
		    (best == NULL || r->len > best->len))
			best = r;
	}
	if (best == NULL)
		return NULL;
	*rest = path + best->len;
	*rest += strspn(*rest, "/");
	if (**rest == '\0')
		*rest = ".";
	return best;
}

static int
open_as(const char *path, int flags)
{
	struct open_how how = { .flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	const struct root *root;
	const char *rest;

	if ((root = find(path, &rest)) == NULL) {
		errno = ENOENT;
		return -1;
	}
	return (int)syscall(SYS_openat2, root->fd, rest, &how, sizeof(how));
}

int
beneath_stat(const char *path, struct stat *st)
{
	int fd = open_as(path, O_PATH), error;

	if (fd < 0)
		return -1;
	error = fstat(fd, st);
	close(fd);
	return error;
}

int
beneath_file(const char *path, struct stat *st)
{
	int fd = -1;

	/* Looked at before it is opened: to open a device may do something. */
	if (beneath_stat(path, st) < 0)
		return -1;
	if (S_ISREG(st->st_mode) &&
	    (fd = open_as(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)) < 0)
		return -1;
	if (fd >= 0 && fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	if (fd >= 0)
		close(fd);
	errno = S_ISDIR(st->st_mode) ? EISDIR : EINVAL;
	return -1;
}

int
beneath_directory(const char *path)
{
	return open_as(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
}
