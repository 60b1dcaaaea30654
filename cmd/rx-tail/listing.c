#include "cmd/rx-tail/listing.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void
listing_forget(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->names[i].name);
	free(l->names);
	free(l->dir);
	*l = (struct listing){ .dir = NULL };
}

static int
by_name(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int
add(struct listing *l, const struct dirent *d)
{
	struct listed *names = l->names;
	uint64_t sum = UINT64_C(14695981039346656037) ^ d->d_ino;

	if (l->n == l->size) {
		size_t size = l->size == 0 ? 64 : l->size * 2;

		if ((names = realloc(names, size * sizeof(*names))) == NULL)
			return -1;
		l->names = names;
		l->size = size;
	}
	names[l->n].inode = d->d_ino;
	if ((names[l->n].name = strdup(d->d_name)) == NULL)
		return -1;
	l->n++;
	/* FNV-1a of each name, joined so that their order does not matter. */
	for (const char *c = d->d_name; *c != '\0'; c++)
		sum = (sum ^ (unsigned char)*c) * UINT64_C(1099511628211);
	l->sum += sum;
	return 0;
}

int
listing_of(struct listing *l, const char *dir)
{
	struct dirent *d;
	DIR *open;
	int error;

	if (l->dir != NULL && strcmp(l->dir, dir) == 0)
		return 0;
	listing_forget(l);
	if ((open = opendir(dir)) == NULL)
		return -1;
	while (errno = 0, (d = readdir(open)) != NULL)
		if (add(l, d) < 0)
			break;
	error = errno;
	closedir(open);
	if (error != 0 || (l->dir = strdup(dir)) == NULL) {
		listing_forget(l);
		errno = error != 0 ? error : ENOMEM;
		return -1;
	}
	if (l->n > 0)
		qsort(l->names, l->n, sizeof(*l->names), by_name);
	return 0;
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
