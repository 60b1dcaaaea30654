/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM (32 * 1024)

void
listing_forget(struct listing *l)
{
	free(l->bytes);
	free(l->names);
	free(l->dir);
	*l = (struct listing){ .pending = -1, .room = l->room };
}

static int
by_name(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int
make_room(struct listing *l)
{
	size_t room = l->room * (l->bytes == NULL ? 1 : 4);
	char *bytes = realloc(l->bytes, room == 0 ? ROOM : room);

	if (bytes == NULL)
		return -1;
	l->bytes = bytes;
	l->room = room == 0 ? ROOM : room;
	return 0;
}

/* The bytes of all names: how many, -1 with errno. */
static ssize_t
read_all(struct listing *l, int fd)
{
	size_t used = 0;
	ssize_t got;
	int calls = 0, tries = 0;

	if (make_room(l) < 0)
		return -1;
	while ((got = getdents64(fd, l->bytes + used, l->room - used)) > 0) {
		bool full, again;

		calls++;
		used += (size_t)got;
		full = l->room - used < sizeof(struct dirent64);
		again = full ? tries < LISTING_TRIES
			     : calls > 1 && tries++ < LISTING_TRIES;
		if (full && make_room(l) < 0)
			return -1;
		if (again) {
			if (lseek(fd, 0, SEEK_SET) < 0)
				return -1;
			used = 0;
			calls = 0;
		}
	}
	return got < 0 ? -1 : (ssize_t)used;
}

/* Where the entries stand among the bytes, sorted, and their sum. */
static int
index_names(struct listing *l, size_t used)
{
	const struct dirent64 *d;
	size_t n = 0;

	for (size_t at = 0; at < used; at += d->d_reclen, n++)
		d = (const void *)(l->bytes + at);
	if ((l->names = calloc(n + 1, sizeof(*l->names))) == NULL)
		return -1;
	l->n = n;
	n = l->sum = 0;
	for (size_t at = 0; at < used; at += d->d_reclen, n++) {
		uint64_t sum = UINT64_C(14695981039346656037);

		d = (const void *)(l->bytes + at);
		l->names[n] = (struct listed){ d->d_ino, d->d_name, d->d_type };
		/* FNV-1a of each, joined so that their order does not matter. */
		sum ^= d->d_ino;
		for (const char *c = d->d_name; *c != '\0'; c++)
			sum =
			    (sum ^ (unsigned char)*c) * UINT64_C(1099511628211);
		l->sum += sum;
	}
	qsort(l->names, n, sizeof(*l->names), by_name);
	return 0;
}

int
listing_of(struct listing *l, const char *dir)
{
	ssize_t used;
	int fd, error = 0;

	if (l->dir != NULL && strcmp(l->dir, dir) == 0)
		return 0;
	listing_forget(l);
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	if ((used = read_all(l, fd)) < 0 || index_names(l, (size_t)used) < 0 ||
	    (l->dir = strdup(dir)) == NULL)
		error = errno;
	close(fd);
	if (error == 0)
		return 0;
	listing_forget(l);
	errno = error;
	return -1;
}

size_t
listing_from(const struct listing *l, const char *prefix)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(l->names[mid].name, prefix) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}
