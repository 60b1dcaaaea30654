#include "cmd/rx-tail/chain_files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/rx-tail/log.h"
#include "cmd/rx-tail/source.h"
#include "lib/ascii.h"
#include "lib/diag.h"

#define DATE_DIGITS 6

int
chain_by_name(const char *a, const char *b)
{
	size_t same = 0;

	while (a[same] != '\0' && a[same] == b[same])
		same++;
	while (same > 0 && is_digit(a[same - 1]))
		same--;
	if (strspn(a + same, "0123456789") >= DATE_DIGITS &&
	    strspn(b + same, "0123456789") >= DATE_DIGITS)
		return strverscmp(a, b);
	return strverscmp(b, a);
}

/* "app.log.2": the number that each rotation adds one to, 0 for others. */
static unsigned
number(const char *path)
{
	const char *dot = strrchr(path, '.');
	size_t digits = dot == NULL ? 0 : strspn(dot + 1, "0123456789");

	if (digits == 0 || digits >= DATE_DIGITS || dot[1 + digits] != '\0')
		return 0;
	return (unsigned)strtoul(dot + 1, NULL, 10);
}

static int
by_age(const void *a, const void *b)
{
	const struct beside *x = a, *y = b;
	int64_t p = x->look.id.btime_ns, q = y->look.id.btime_ns;
	unsigned m = number(x->path), n = number(y->path);

	/* Files that were restored or copied keep their names only. */
	if (m != 0 && n != 0 && m != n)
		return m > n ? -1 : 1;
	if (p == 0 || q == 0 || p == q) {
		p = x->look.mtime_ns;
		q = y->look.mtime_ns;
	}
	if (p != q)
		return p < q ? -1 : 1;
	return chain_by_name(
	    x->path, y->path); /* born in one tick of the clock */
}

static void
append(struct tail *t, struct log *log, const char *path, const struct look *l,
    struct beside_list *list)
{
	struct beside *b;

	if (list->n == list->size) {
		size_t size = list->size == 0 ? 16 : list->size * 2;

		if ((b = realloc(list->at, size * sizeof(*b))) == NULL)
			die(EX_TEMPFAIL, "out of memory");
		list->at = b;
		list->size = size;
	}
	b = &list->at[list->n++];
	*b = (struct beside){ strdup(path), *l, source_find(t, &l->id) };
	if (b->path == NULL)
		die(EX_TEMPFAIL, "out of memory");
	if (b->known == NULL || b->known->log != log)
		return;
	source_moved_to(b->known, path);
	if (source_wanted(b->known))
		watch_name(
		    &t->watch, log, log->dir, path + (log->base - log->path));
}

/* False when the name no longer means the file that was listed. */
static bool
add(struct tail *t, struct log *log, const struct listed *name,
    struct beside_list *list)
{
	char path[PATH_MAX];
	struct stat st;
	struct look l;

	if (snprintf(path, sizeof(path), "%.*s%s", (int)(log->base - log->path),
		log->path, name->name) >= (int)sizeof(path))
		return true;
	if (lstat(path, &st) < 0 || look_path(path, &l) < 0)
		return false;
	if (S_ISREG(st.st_mode))
		append(t, log, path, &l, list);
	return st.st_ino == name->inode && l.id.inode == st.st_ino;
}

static bool
is_among(uint64_t inode, const uint64_t *inodes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (inodes[i] == inode)
			return true;
	return false;
}

static bool
look_at_live(
    const struct listing *names, struct log *log, struct beside_list *list)
{
	size_t at = listing_from(names, log->base);
	uint64_t listed = 0;
	struct stat st;
	bool there = lstat(log->path, &st) == 0;

	if (at < names->n && strcmp(names->names[at].name, log->base) == 0)
		listed = names->names[at].inode;
	list->live_error = look_path(log->path, &list->live) < 0 ? errno : 0;
	if (list->live_error == 0 && !list->live.regular)
		list->live_error = EINVAL;
	return there ? st.st_ino == listed : listed == 0;
}

/* True when what the names led to is what was listed. */
static bool
gather(struct tail *t, struct log *log, const uint64_t *inodes, size_t n_inodes,
    struct beside_list *list)
{
	const struct listing *names = &t->listing;
	size_t len = strlen(log->base), i;
	bool agree = look_at_live(names, log, list);

	for (i = listing_from(names, log->base);
	     i < names->n && strncmp(names->names[i].name, log->base, len) == 0;
	     i++)
		if (is_rotation(log->base, names->names[i].name))
			agree &= add(t, log, &names->names[i], list);
	for (i = 0; n_inodes > 0 && i < names->n; i++)
		if (is_among(names->names[i].inode, inodes, n_inodes) &&
		    strcmp(names->names[i].name, log->base) != 0 &&
		    !is_rotation(log->base, names->names[i].name))
			agree &= add(t, log, &names->names[i], list);
	return agree && look_at_live(names, log, list);
}

void
chain_files(struct tail *t, struct log *log, const uint64_t *inodes,
    size_t n_inodes, struct beside_list *list)
{
	uint64_t before = 0;

	*list = (struct beside_list){ .live_error = ENOENT };
	for (int i = 0; i < CHAIN_TRIES; i++) {
		if (listing_of(&t->listing, log->dir) < 0) {
			list->live_error = errno;
			return;
		}
		if (gather(t, log, inodes, n_inodes, list))
			break;
		/* Some file systems list other inodes than they tell. */
		if (i > 0 && before == t->listing.sum)
			break;
		before = t->listing.sum;
		listing_forget(&t->listing);
		chain_files_release(list);
		*list = (struct beside_list){ .live_error = ENOENT };
	}
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
