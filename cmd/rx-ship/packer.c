/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/packer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "cmd/rx-ship/archive.h"
#include "lib/diag.h"
#include "lib/newfile.h"

#define SLICE (128 * 1024)
#define LEVEL 6
#define GZIP_WINDOW (15 + 16) /* 16: with gzip's head, zlib.h */
#define PART ".gz.part"

void
packer_init(struct packer *p, const char *path)
{
	*p = (struct packer){ .path = path, .in = -1, .out = -1, .look = true };
}

static void
close_both(struct packer *p)
{
	if (p->in >= 0)
		close(p->in);
	if (p->out >= 0)
		close(p->out);
	p->in = p->out = -1;
}

void
packer_release(struct packer *p)
{
	close_both(p);
	if (p->deflate != NULL)
		deflateEnd(p->deflate);
	free(p->deflate);
	free(p->bytes);
	p->deflate = NULL;
	p->bytes = NULL;
}

void
packer_look(struct packer *p)
{
	p->look = true;
}

bool
packer_busy(const struct packer *p)
{
	return p->look || p->in >= 0;
}

/* Not now; a later look begins again. */
static bool
give_up(struct packer *p, const char *what)
{
	int error = errno;

	if (error != p->told)
		warn_sys("unable to %s %s", what, p->name);
	p->told = error;
	if (p->out >= 0)
		(void)unlink(p->part);
	close_both(p);
	p->look = false;
	return false;
}

/* The oldest segment whose name stands behind last; false: none does. */
static bool
find(const struct packer *p, const char *last, char *oldest, size_t size)
{
	char *for_dir = strdup(p->path), *for_base = strdup(p->path);
	const char *base = for_base == NULL ? "" : basename(for_base);
	DIR *dir = for_dir == NULL ? NULL : opendir(dirname(for_dir));
	struct dirent *e;

	*oldest = '\0';
	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (archive_is_segment(e->d_name, base) &&
		    strcmp(e->d_name, last) > 0 &&
		    (*oldest == '\0' || strcmp(e->d_name, oldest) < 0))
			snprintf(oldest, size, "%s", e->d_name);
	if (dir != NULL)
		closedir(dir);
	free(for_dir);
	free(for_base);
	return *oldest != '\0';
}

/* Whether the lock that we got is that of the file which has the name. */
static bool
is_ours(const struct packer *p)
{
	struct stat here, there;

	return fstat(p->out, &here) == 0 && stat(p->part, &there) == 0 &&
	    here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/* 1: it is open and ours, 0: others see to it, -1. */
static int
open_both(struct packer *p)
{
	struct stat st;

	p->in = open(p->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (p->in < 0)
		return errno == ENOENT ? 0 : -1;
	if (fstat(p->in, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode))
		return 0;
	p->out = open(p->part,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (p->out < 0)
		return -1;
	if (flock(p->out, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : -1;
	if (!is_ours(p))
		return 0;
	/* Who had the lock before may have ended it. */
	if (access(p->name, F_OK) < 0) {
		(void)unlink(p->part);
		return 0;
	}
	return ftruncate(p->out, 0) < 0 ? -1 : 1;
}

static int
set_up(struct packer *p)
{
	z_stream *z;

	if (p->bytes == NULL && (p->bytes = malloc((size_t)2 * SLICE)) == NULL)
		return -1;
	if (p->deflate != NULL)
		return deflateReset(p->deflate) == Z_OK ? 0 : -1;
	if ((z = calloc(1, sizeof(*z))) == NULL)
		return -1;
	if (deflateInit2(z, LEVEL, Z_DEFLATED, GZIP_WINDOW, 8,
		Z_DEFAULT_STRATEGY) != Z_OK) {
		free(z);
		errno = ENOMEM;
		return -1;
	}
	p->deflate = z;
	return 0;
}

/* The next segment that nobody else has; false: there is none. */
static bool
begin(struct packer *p)
{
	const char *slash = strrchr(p->path, '/');
	int dir = slash == NULL ? 0 : (int)(slash + 1 - p->path), got;
	char last[NAME_MAX + 1] = "", name[NAME_MAX + 1];

	if (set_up(p) < 0) {
		snprintf(p->name, sizeof(p->name), "%s", p->path);
		return give_up(p, "pack");
	}
	while (find(p, last, name, sizeof(name))) {
		if (snprintf(p->name, sizeof(p->name), "%.*s%s", dir, p->path,
			name) >= (int)(sizeof(p->name) - sizeof(PART)))
			break;
		snprintf(p->part, sizeof(p->part), "%.4000s%s", p->name, PART);
		if ((got = open_both(p)) > 0)
			return true;
		if (got < 0)
			return give_up(p, "pack");
		close_both(p);
		memcpy(last, name, sizeof(last));
	}
	return p->look = false;
}

static int
put(struct packer *p, const unsigned char *at, size_t n)
{
	while (n > 0) {
		ssize_t took = write(p->out, at, n);

		if (took < 0 && errno != EINTR)
			return -1;
		if (took > 0) {
			at += took;
			n -= (size_t)took;
		}
	}
	return 0;
}

/* On the disk under its name, with the looks of the plain one, which goes. */
static bool
end(struct packer *p)
{
	char packed[PATH_MAX];
	struct timespec times[2];
	struct stat st;

	snprintf(packed, sizeof(packed), "%.4000s.gz", p->name);
	if (fstat(p->in, &st) < 0)
		return give_up(p, "pack");
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	(void)fchmod(p->out, st.st_mode & 07777);
	(void)futimens(p->out, times);
	if (fsync(p->out) < 0 || rename(p->part, packed) < 0 ||
	    newfile_sync_dir(packed) < 0 || unlink(p->name) < 0)
		return give_up(p, "pack");
	close_both(p);
	p->packed++;
	p->told = 0;
	debug("packed %s", packed);
	return true;
}

bool
packer_work(struct packer *p)
{
	z_stream *z;
	ssize_t got;
	int flush;

	if (!packer_busy(p) || (p->in < 0 && !begin(p)))
		return false;
	z = p->deflate;
	got = read(p->in, p->bytes, SLICE);
	if (got < 0)
		return errno == EINTR || give_up(p, "read");
	flush = got == 0 ? Z_FINISH : Z_NO_FLUSH;
	z->next_in = p->bytes;
	z->avail_in = (uInt)got;
	do {
		z->next_out = p->bytes + SLICE;
		z->avail_out = SLICE;
		(void)deflate(z, flush);
		if (put(p, p->bytes + SLICE, SLICE - z->avail_out) < 0)
			return give_up(p, "pack");
	} while (z->avail_out == 0);
	return got > 0 || end(p);
}
