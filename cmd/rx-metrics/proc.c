/* SPDX-License-Identifier: MIT */
/*
 * proc -- how many processes there are, and which hold the most memory.
 *
 * The list comes from getdents64(2) over /proc, in the order of the numbers, and
 * is half of what a sample costs.  Their count alone the kernel has at hand: the
 * link count of /proc is that of all processes and a base that does not change.
 * So where two lists in a row found the same base, the list is made in one
 * sample of LIST_EVERY only.  In a pid namespace of its own, and with hidepid,
 * /proc shows fewer than it counts, so there the list is made each time.
 *
 * Resident memory is the second word of /proc/PID/statm.  Opening 400 of those
 * costs more than all else in a sample, so their descriptors are kept: a table
 * in the order of the numbers is merged with the list, and an entry lives as
 * long as its process.  A descriptor belongs to the process, not to its number,
 * so a number that is used again answers ESRCH and is opened anew.
 *
 * Even so a look costs 1 to 3 us, and 390 of 400 processes have no chance to be
 * among the largest: one that held less than half of what the last of them does
 * is looked at in one sample of SMALL_EVERY, so one that grows fast is named a
 * few samples later.  A process without memory is a kernel thread or a zombie;
 * its turn comes even more seldom, and its descriptor is not kept.  New ones are
 * looked at twice first.  Where descriptors are short the rest is opened each
 * time.
 *
 * A name comes from /proc/PID/comm, the text the kernel shows in parentheses in
 * /proc/PID/stat, where it may hold a parenthesis itself; here it is alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/rx-metrics/metrics.h"
#include "lib/ascii.h"
#include "lib/num.h"

#define DENTS_SIZE (32 * 1024)
#define FDS_SPARE 64 /* left for everything else */
#define FDS_MOST 4096 /* kept for processes */
#define NEW 2 /* looks */
#define LIST_EVERY 4
#define FIRST_NAMESPACE "pid:[4026531836]" /* the kernel fixes its number */
#define SMALL_EVERY 8
#define EMPTY_EVERY 16

struct proc_known {
	uint32_t pid;
	int fd; /* of its statm, -1: not kept */
	uint64_t rss_pages;
	unsigned looks;
	bool alive;
};

struct dent { /* getdents64(2) */
	uint64_t ino;
	int64_t off;
	unsigned short len;
	unsigned char type;
	char name[];
};

int
proc_init(struct proc *pr, size_t top)
{
	struct rlimit lim;

	*pr = (struct proc){ .top_wanted = top,
		.page_size = sysconf(_SC_PAGESIZE) };
	if (top == 0)
		return (pr->dents = malloc(DENTS_SIZE)) == NULL ? -1 : 0;
	if (getrlimit(RLIMIT_NOFILE, &lim) == 0) {
		lim.rlim_cur = lim.rlim_max < FDS_MOST + FDS_SPARE
		    ? lim.rlim_max
		    : FDS_MOST + FDS_SPARE;
		if (setrlimit(RLIMIT_NOFILE, &lim) == 0 &&
		    lim.rlim_cur > FDS_SPARE)
			pr->fds_max = (size_t)lim.rlim_cur - FDS_SPARE;
	}
	return (pr->dents = malloc(DENTS_SIZE)) == NULL ? -1 : 0;
}

static bool
is_pid(const char *name, uint32_t *pid)
{
	uint32_t v = 0;

	if (*name < '1' || *name > '9')
		return false;
	for (; is_digit(*name) && v < 400000000; name++)
		v = v * 10 + (uint32_t)(*name - '0');
	*pid = v;
	return *name == '\0';
}

static void
drop_fd(struct proc *pr, struct proc_known *k)
{
	if (k->fd >= 0) {
		close(k->fd);
		k->fd = -1;
		pr->fds--;
	}
}

static struct proc_known *
insert(struct proc *pr, size_t at, uint32_t pid)
{
	struct proc_known *grown;
	size_t size;

	if (pr->n_known == pr->size_known) {
		size = pr->size_known == 0 ? 256 : 2 * pr->size_known;
		grown = realloc(pr->known, size * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		pr->known = grown;
		pr->size_known = size;
	}
	memmove(pr->known + at + 1, pr->known + at,
	    (pr->n_known - at) * sizeof(*pr->known));
	pr->n_known++;
	pr->known[at] = (struct proc_known){ .pid = pid, .fd = -1 };
	return &pr->known[at];
}

/* Entries come in the order of their numbers; *at moves along the table. */
static void
note(struct proc *pr, size_t *at, uint32_t pid)
{
	if (*at > 0 && pr->known[*at - 1].pid >= pid)
		*at = 0; /* an unordered list: a made-up tree */
	while (*at < pr->n_known && pr->known[*at].pid < pid)
		++*at;
	if ((*at == pr->n_known || pr->known[*at].pid != pid) &&
	    insert(pr, *at, pid) == NULL)
		return;
	pr->known[(*at)++].alive = true;
}

/* The names in /proc that are numbers; how many, or -1. */
static double
list(struct proc *pr, struct procfs *p)
{
	size_t at = 0;
	double count = 0;
	uint32_t pid;
	long n, i;

	if (lseek(p->root, 0, SEEK_SET) < 0)
		return ABSENT;
	while (
	    (n = syscall(SYS_getdents64, p->root, pr->dents, DENTS_SIZE)) > 0)
		for (i = 0; i < n;) {
			const struct dent *d = (void *)(pr->dents + i);

			i += d->len;
			if (!is_pid(d->name, &pid))
				continue;
			count++;
			if (pr->top_wanted > 0)
				note(pr, &at, pid);
		}
	return n < 0 ? ABSENT : count;
}

static int
open_in(const struct procfs *p, uint32_t pid, const char *file)
{
	char path[32];
	size_t n = num_render(path, pid);

	snprintf(path + n, sizeof(path) - n, "/%s", file);
	return openat(p->root, path, O_RDONLY | O_CLOEXEC);
}

/* 0, or -1 when the process is gone. */
static int
look(struct proc *pr, struct procfs *p, struct proc_known *k)
{
	char text[128];
	struct span rest = { text, 0 };
	uint64_t size;
	ssize_t n;

	if (k->fd < 0 && (k->fd = open_in(p, k->pid, "statm")) >= 0)
		pr->fds++;
	if (k->fd < 0)
		return -1;
	if ((n = pread(k->fd, text, sizeof(text), 0)) < 0) {
		drop_fd(pr, k);
		return -1;
	}
	rest.len = (size_t)n;
	if (!text_u64(&rest, &size) || !text_u64(&rest, &k->rss_pages))
		k->rss_pages = 0;
	if (k->looks < NEW)
		k->looks++;
	if (k->rss_pages == 0 || !p->real || pr->fds > pr->fds_max)
		drop_fd(pr, k);
	return 0;
}

static void
rank(struct proc *pr, const struct proc_known *k)
{
	size_t i;

	if (k->rss_pages == 0)
		return;
	if (pr->n_top < pr->top_wanted)
		pr->n_top++;
	else if (k->rss_pages <= pr->top[pr->n_top - 1].rss_pages)
		return;
	for (i = pr->n_top - 1;
	     i > 0 && pr->top[i - 1].rss_pages < k->rss_pages; i--)
		pr->top[i] = pr->top[i - 1];
	pr->top[i].pid = (pid_t)k->pid;
	pr->top[i].rss_pages = k->rss_pages;
}

static bool
is_due(const struct proc *pr, const struct proc_known *k)
{
	unsigned turn = k->pid + pr->sample;

	if (k->looks < NEW)
		return true;
	if (k->rss_pages == 0)
		return turn % EMPTY_EVERY == 0;
	return k->rss_pages >= pr->last_pages / 2 || turn % SMALL_EVERY == 0;
}

static void
look_at_all(struct proc *pr, struct procfs *p)
{
	struct proc_known *k;
	size_t i, n = 0;

	for (i = 0; i < pr->n_known; i++) {
		k = &pr->known[i];
		if (!k->alive) {
			drop_fd(pr, k);
			continue;
		}
		k->alive = false;
		/* Twice: a number used again, the old process is gone. */
		if (is_due(pr, k) && look(pr, p, k) < 0 && look(pr, p, k) < 0)
			k->rss_pages = 0;
		rank(pr, k);
		pr->known[n++] = *k;
	}
	pr->n_known = n;
	pr->last_pages =
	    pr->n_top < pr->top_wanted ? 0 : pr->top[pr->n_top - 1].rss_pages;
}

static bool
hides_nothing(const struct procfs *p)
{
	char link[sizeof(FIRST_NAMESPACE)];
	ssize_t n = readlinkat(p->root, "self/ns/pid", link, sizeof(link));

	return p->real && n == sizeof(link) - 1 &&
	    memcmp(link, FIRST_NAMESPACE, sizeof(link) - 1) == 0 &&
	    faccessat(p->root, "1", F_OK, 0) == 0;
}

static double
links(const struct procfs *p)
{
	struct stat st;

	return fstat(p->root, &st) < 0 ? ABSENT : (double)st.st_nlink;
}

/* The list, and what base the link count of /proc has beside it. */
static void
count_by_list(struct proc *pr, struct procfs *p)
{
	double before = links(p), base;

	pr->count = list(pr, p);
	if (links(p) != before) { /* they came and went: no telling */
		pr->base_known = false;
		return;
	}
	base = before - pr->count;
	pr->base_known = base == pr->base && hides_nothing(p);
	pr->base = base;
}

static void
count_by_links(struct proc *pr, struct procfs *p)
{
	size_t i;

	pr->count = links(p) - pr->base;
	for (i = 0; i < pr->n_known; i++)
		pr->known[i].alive = true;
}

/* One that has just ended has no name, and is left out. */
static void
name_top(struct proc *pr, struct procfs *p)
{
	struct proc_top *t;
	size_t i, named = 0;
	ssize_t n;
	int fd;

	for (i = 0; i < pr->n_top; i++) {
		pr->top[named] = pr->top[i];
		t = &pr->top[named];
		if ((fd = open_in(p, (uint32_t)t->pid, "comm")) < 0)
			continue;
		n = read(fd, t->name, sizeof(t->name) - 1);
		close(fd);
		if (n <= 0)
			continue;
		if (t->name[n - 1] == '\n')
			n--;
		t->name[n] = '\0';
		named++;
	}
	pr->n_top = named;
}

void
proc_sample(struct proc *pr, struct procfs *p)
{
	pr->sample++;
	pr->n_top = 0;
	if (pr->base_known && pr->sample % LIST_EVERY != 0)
		count_by_links(pr, p);
	else
		count_by_list(pr, p);
	if (pr->top_wanted == 0)
		return;
	look_at_all(pr, p);
	name_top(pr, p);
}

void
proc_release(struct proc *pr)
{
	size_t i;

	for (i = 0; i < pr->n_known; i++)
		drop_fd(pr, &pr->known[i]);
	free(pr->known);
	free(pr->dents);
}
