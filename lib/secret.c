/* SPDX-License-Identifier: MIT */
#include "lib/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
refusal(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "is not a regular file";
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "belongs to another user";
	if ((st->st_mode & 07) != 0)
		return "can be read or written by others; make it mode 0600";
	/* systemd shares a credential of root by an ACL, whose mask this is. */
	if ((st->st_mode & 070) != 0 &&
	    ((st->st_mode & 030) != 0 ||
		(st->st_gid != getegid() &&
		    (st->st_uid != 0 || st->st_gid != 0))))
		return "can be used by a group; make it mode 0600";
	return NULL;
}

static const char *
read_whole(int fd, struct buf *dst)
{
	struct stat st;
	const char *why;
	ssize_t got;

	if (fstat(fd, &st) < 0)
		return "cannot be looked at";
	errno = 0;
	if ((why = refusal(&st)) != NULL)
		return why;
	/* One byte more than may be, to see that it is too much. */
	if (buf_room(dst, SECRET_MAX + 1) == NULL)
		return "is more than memory holds";
	while (
	    (got = read(fd, dst->at + dst->len, SECRET_MAX + 1 - dst->len)) > 0)
		buf_took(dst, (size_t)got);
	if (got < 0)
		return "cannot be read";
	errno = 0;
	if (dst->len > SECRET_MAX)
		return "is too long";
	return NULL;
}

static const char *
read_line(int fd, struct buf *dst)
{
	const char *why = read_whole(fd, dst);
	char *newline;

	if (why != NULL)
		return why;
	if (dst->len > 0 && (newline = memchr(dst->at, '\n', dst->len)) != NULL)
		dst->len = (size_t)(newline - dst->at);
	if (dst->len == 0)
		return "has an empty first line";
	buf_addc(dst, '\0');
	dst->len--;
	return strlen(dst->at) == dst->len ? NULL : "holds a NUL";
}

static int
read_by(const char *path, struct buf *dst, const char **why,
    const char *(*reader)(int, struct buf *))
{
	int fd, error;

	buf_reset(dst);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		*why =
		    errno == ELOOP ? "is a symbolic link" : "cannot be opened";
		return -1;
	}
	*why = reader(fd, dst);
	error = errno;
	close(fd);
	errno = error;
	if (*why == NULL)
		return 0;
	secret_release(dst);
	errno = error;
	return -1;
}

int
secret_read(const char *path, struct buf *dst, const char **why)
{
	return read_by(path, dst, why, read_line);
}

int
secret_read_all(const char *path, struct buf *dst, const char **why)
{
	return read_by(path, dst, why, read_whole);
}

void
secret_release(struct buf *b)
{
	if (b->at != NULL)
		explicit_bzero(b->at, b->size);
	buf_release(b);
}

void
secret_hide(char *text, size_t len, struct span secret)
{
	char *at = text, *end = text + len;

	if (secret.len < SECRET_LEAST || len < secret.len)
		return;
	while ((at = memmem(at, (size_t)(end - at), secret.at, secret.len)) !=
	    NULL) {
		memset(at, '*', secret.len);
		at += secret.len;
	}
}
