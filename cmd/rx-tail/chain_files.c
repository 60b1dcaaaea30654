#include "cmd/rx-tail/chain_files.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-tail/log.h"
#include "cmd/rx-tail/source.h"
#include "lib/diag.h"

static int
by_age(const void *a, const void *b)
{
	const struct beside *x = a, *y = b;
	int64_t p = x->look.id.btime_ns, q = y->look.id.btime_ns;

	if (p == 0 || q == 0 || p == q) {
		p = x->look.mtime_ns;
		q = y->look.mtime_ns;
	}
	if (p != q)
		return p < q ? -1 : 1;
	return strverscmp(y->path, x->path); /* .2 is older than .1 */
}

static void
add(struct tail *t, struct log *log, const char *name, struct beside_list *list)
{
	char path[PATH_MAX];
	struct beside *b;
	struct look l;
	size_t dir = log->base - log->path;

	if (snprintf(path, sizeof(path), "%.*s%s", (int)dir, log->path, name) >=
		(int)sizeof(path) ||
	    look_path(path, &l) < 0 || !l.regular)
		return;
	if (list->n == list->size) {
		size_t size = list->size == 0 ? 16 : list->size * 2;

		if ((b = realloc(list->at, size * sizeof(*b))) == NULL)
			die(EX_TEMPFAIL, "out of memory");
		list->at = b;
		list->size = size;
	}
	b = &list->at[list->n++];
	*b = (struct beside){ strdup(path), l, source_find(t, &l.id) };
	if (b->path == NULL)
		die(EX_TEMPFAIL, "out of memory");
	if (b->known == NULL || b->known->log != log)
		return;
	source_moved_to(b->known, path);
	if (source_wanted(b->known))
		watch_name(&t->watch, log, log->dir, name);
}

static bool
is_among(uint64_t inode, const uint64_t *inodes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (inodes[i] == inode)
			return true;
	return false;
}

void
chain_files(struct tail *t, struct log *log, const uint64_t *inodes,
    size_t n_inodes, struct beside_list *list)
{
	struct listing *names = &t->listing;
	size_t len = strlen(log->base), i;

	*list = (struct beside_list){ NULL, 0, 0 };
	if (listing_of(names, log->dir) < 0)
		return;
	for (i = listing_from(names, log->base);
	     i < names->n && strncmp(names->names[i].name, log->base, len) == 0;
	     i++)
		if (is_rotation(log->base, names->names[i].name))
			add(t, log, names->names[i].name, list);
	for (i = 0; n_inodes > 0 && i < names->n; i++)
		if (is_among(names->names[i].inode, inodes, n_inodes) &&
		    strcmp(names->names[i].name, log->base) != 0 &&
		    !is_rotation(log->base, names->names[i].name))
			add(t, log, names->names[i].name, list);
	if (list->n > 0)
		qsort(list->at, list->n, sizeof(*list->at), by_age);
}

void
chain_files_release(struct beside_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->at[i].path);
	free(list->at);
}
