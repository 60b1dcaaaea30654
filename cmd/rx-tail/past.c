/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/past.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "lib/diag.h"

#define BUCKETS 4096

struct past {
	TAILQ_ENTRY(past) age; /* oldest first */
	LIST_ENTRY(past) same; /* bucket, newest first */
	struct ident file;
	struct entry entry;
	int64_t seen_ns;
	char path[]; /* of entry */
};

static TAILQ_HEAD(, past) all = TAILQ_HEAD_INITIALIZER(all);
static LIST_HEAD(bucket, past) buckets[BUCKETS];
static size_t n_all;

static struct bucket *
bucket_of(const struct ident *file)
{
	return &buckets[file->inode % BUCKETS];
}

/* A file system may come back under another dev. */
static bool
is_of(const struct past *p, const struct ident *file)
{
	return p->file.inode == file->inode &&
	    p->file.btime_ns == file->btime_ns;
}

static struct past *
find(const struct ident *file, const char *src)
{
	struct past *p;

	LIST_FOREACH(p, bucket_of(file), same)
	if (is_of(p, file) && strcmp(p->entry.src, src) == 0)
		return p;
	return NULL;
}

static void
drop(struct past *p)
{
	TAILQ_REMOVE(&all, p, age);
	LIST_REMOVE(p, same);
	n_all--;
	free(p);
}

void
past_add(const struct ident *file, const struct entry *e, int64_t seen_ns)
{
	struct past *p;

	past_forget(file, e->src);
	if (n_all == PAST_MAX)
		drop(TAILQ_FIRST(&all));
	if ((p = calloc(1, sizeof(*p) + e->path.len)) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	p->file = *file;
	p->entry = *e;
	p->seen_ns = seen_ns;
	if (e->path.len > 0)
		memcpy(p->path, e->path.at, e->path.len);
	p->entry.path.at = p->path;
	p->entry.older = (struct span){ "", 0 }; /* a loan of the claim */
	TAILQ_INSERT_TAIL(&all, p, age);
	LIST_INSERT_HEAD(bucket_of(file), p, same);
	n_all++;
}

bool
past_has(const struct ident *file, const char *src)
{
	return find(file, src) != NULL;
}

void
past_forget(const struct ident *file, const char *src)
{
	struct past *p = find(file, src);

	if (p != NULL)
		drop(p);
}

void
past_over(const struct ident *file, const char *src)
{
	struct past *p = find(file, src);

	if (p != NULL)
		p->entry.x = true;
}

void
past_each(
    void (*each)(void *, const struct entry *, int64_t seen_ns), void *arg)
{
	struct past *p;

	TAILQ_FOREACH(p, &all, age)
	each(arg, &p->entry, p->seen_ns);
}

bool
past_take(const struct ident *file, int fd, uint64_t size, struct entry *e,
    uint64_t *gen)
{
	struct past *p, *best = NULL;

	*gen = 0;
	LIST_FOREACH(p, bucket_of(file), same)
	{
		if (!is_of(p, file))
			continue;
		if (p->entry.gen >= *gen)
			*gen = p->entry.gen + 1;
		if ((best == NULL || p->entry.gen > best->entry.gen) &&
		    entry_holds(fd, size, &p->entry))
			best = p;
	}
	if (best == NULL)
		return false;
	*e = best->entry;
	e->path = (struct span){ "", 0 }; /* it was a loan */
	drop(best);
	return true;
}
