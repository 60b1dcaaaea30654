/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/chain_files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
append(struct beside_list *list, const struct beside *found, const char *path)
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
	*b = *found;
	if ((b->path = strdup(path)) == NULL)
		die(EX_TEMPFAIL, "out of memory");
}

/* What the path leads to, and hold it; -1 with errno. */
static int
look_at(struct tail *t, const char *path, struct beside *b)
{
	struct look l;

	*b = (struct beside){ .fd = -1 };
	if (look_path(path, &b->look) < 0)
		return -1;
	b->known = source_find(t, &b->look.id);
	if ((b->known != NULL && !t->starting) || !b->look.regular)
		return 0;
	if ((b->fd = source_open_path(t, path, &l)) < 0) {
		b->error = errno;
		return b->error == ENOENT ? -1 : 0;
	}
	if (ident_eq(&l.id, &b->look.id))
		return 0;
	close(b->fd);
	errno = ENOENT;
	return -1;
}

/* It is here now.  False when it is not, already. */
static bool
moved(struct tail *t, struct log *log, struct source *s, const char *path)
{
	source_moved_to(s, path);
	if (!source_wanted(s))
		return true;
	watch_name(&t->watch, log, log->dir, path + (log->base - log->path));
	return s->packed != NULL || source_open(t, s) == 0 || errno != ENOENT;
}

/* False when the name no longer means the file that was listed. */
static bool
add(struct tail *t, struct log *log, const struct listed *name,
    struct beside_list *list)
{
	char path[PATH_MAX];
	struct stat st;
	struct beside b;

	if (snprintf(path, sizeof(path), "%.*s%s", (int)(log->base - log->path),
		log->path, name->name) >= (int)sizeof(path))
		return true;
	if (lstat(path, &st) < 0)
		return false;
	if (!S_ISREG(st.st_mode))
		return st.st_ino == name->inode;
	if (look_at(t, path, &b) < 0)
		return false;
	append(list, &b, path);
	return st.st_ino == name->inode && b.look.id.inode == st.st_ino &&
	    (b.known == NULL || b.known->log != log ||
		moved(t, log, b.known, path));
}

static bool
is_among(uint64_t inode, const uint64_t *inodes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (inodes[i] == inode)
			return true;
	return false;
}

/* What the path leads to is what was listed, or there is nothing. */
static bool
live_agrees(const struct listing *names, const struct log *log)
{
	size_t at = listing_from(names, log->base);
	uint64_t listed = 0;
	struct stat st;
	bool there = lstat(log->path, &st) == 0;

	if (at < names->n && strcmp(names->names[at].name, log->base) == 0)
		listed = names->names[at].inode;
	return there ? st.st_ino == listed : listed == 0;
}

static void
look_at_live(struct tail *t, struct log *log, struct beside_list *list)
{
	list->live_error = look_at(t, log->path, &list->live) < 0 ? errno : 0;
	if (list->live_error == 0 && !list->live.look.regular)
		list->live_error = EINVAL;
}

/* True when what the names led to is what was listed. */
static bool
gather(struct tail *t, struct log *log, const uint64_t *inodes, size_t n_inodes,
    struct beside_list *list)
{
	const struct listing *names = &t->listing;
	size_t len = strlen(log->base), i;
	bool agree;

	look_at_live(t, log, list);
	agree = live_agrees(names, log);
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
	return agree && live_agrees(names, log);
}

void
chain_files_anew(struct tail *t, const struct log *log)
{
	int pending = watch_pending(&t->watch, log);

	if (pending < 0 || pending != t->listing.pending)
		listing_forget(&t->listing);
}

static int
list_names(struct tail *t, const struct log *log)
{
	int pending = watch_pending(&t->watch, log);

	if (t->listing.dir == NULL || strcmp(t->listing.dir, log->dir) != 0) {
		if (listing_of(&t->listing, log->dir) < 0)
			return -1;
		t->listing.pending = pending;
	}
	return 0;
}

void
chain_files(struct tail *t, struct log *log, const uint64_t *inodes,
    size_t n_inodes, struct beside_list *list)
{
	const struct beside_list nothing = { .live = { .fd = -1 },
		.live_error = ENOENT };
	uint64_t before = 0;

	*list = nothing;
	for (int i = 0; i < CHAIN_TRIES; i++) {
		if (list_names(t, log) < 0) {
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
		*list = nothing;
	}
	if (list->n > 0)
		qsort(list->at, list->n, sizeof(*list->at), by_age);
}

static void
drop_fd(const struct beside *b)
{
	if (b->fd >= 0)
		close(b->fd);
}

void
chain_files_release(struct beside_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		drop_fd(&list->at[i]);
		free(list->at[i].path);
	}
	drop_fd(&list->live);
	free(list->at);
}
