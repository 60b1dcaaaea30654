/* SPDX-License-Identifier: MIT */
/*
 * disk -- how full the mounted file systems are.
 *
 * Which they are comes from /proc/self/mountinfo, read again only when the
 * kernel says that it changed (poll(2) reports it as exceptional).  Counted is
 * what holds data and can fill up: not the kernel's own file systems, not those
 * in memory, not images that are full by design.  Of several mounts of one
 * device the one with the shortest path stands for all, as in df(1).
 *
 * A mount that hung is left alone until the process that asked it is gone, and
 * then for a time that doubles from RETRY_S to RETRY_MAX_S.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-metrics/metrics.h"
#include "cmd/rx-metrics/statfs.h"
#include "lib/num.h"

#define RETRY_S 15
#define RETRY_MAX_S 600

static const char *const without_data[] = { "autofs", "bdev", "binfmt_misc",
	"bpf", "cgroup", "cgroup2", "configfs", "cramfs", "debugfs", "devpts",
	"devtmpfs", "efivarfs", "erofs", "fusectl", "fuse.gvfsd-fuse",
	"fuse.lxcfs", "fuse.portal", "fuse.snapfuse", "hugetlbfs", "iso9660",
	"mqueue", "nfsd", "nsfs", "proc", "pstore", "ramfs", "rootfs",
	"rpc_pipefs", "securityfs", "selinuxfs", "squashfs", "sysfs", "tmpfs",
	"tracefs", "udf" };

struct mount_line {
	unsigned dev_major, dev_minor;
	struct span point, type, source;
};

int
disk_init(struct disk *d)
{
	*d = (struct disk){ .mountinfo = KEPT("self/mountinfo") };
	return (d->pool = statfs_new()) == NULL ? -1 : 0;
}

static bool
parse_device(struct span word, unsigned *dev_major, unsigned *dev_minor)
{
	const char *colon = memchr(word.at, ':', word.len);
	struct span a, b;
	uint64_t x, y;

	if (colon == NULL)
		return false;
	a = (struct span){ word.at, (size_t)(colon - word.at) };
	b = span_skip(word, a.len + 1);
	if (!text_u64(&a, &x) || !text_u64(&b, &y) || x > UINT32_MAX ||
	    y > UINT32_MAX)
		return false;
	*dev_major = (unsigned)x;
	*dev_minor = (unsigned)y;
	return true;
}

/* id parent major:minor root point options [tag …] - type source … */
static bool
parse_line(struct span line, struct mount_line *m)
{
	struct span word;
	int i;

	for (i = 0; text_word(&line, &word); i++) {
		if (i == 2 && !parse_device(word, &m->dev_major, &m->dev_minor))
			return false;
		if (i == 4)
			m->point = word;
		if (i > 5 && span_is(word, "-"))
			return text_word(&line, &m->type) &&
			    text_word(&line, &m->source);
	}
	return false;
}

static bool
holds_data(const struct mount_line *m)
{
	size_t i;

	/* Below a container there is one; beside one there are hundreds. */
	if (span_is(m->type, "overlay"))
		return span_is(m->point, "/");
	for (i = 0; i < sizeof(without_data) / sizeof(*without_data); i++)
		if (span_is(m->type, without_data[i]))
			return false;
	return true;
}

/* A copy of the path, its blanks given back: they stand as \040 there. */
static char *
unescape(struct span s)
{
	char *path = malloc(s.len + 1), *to = path;
	size_t i;

	for (i = 0; path != NULL && i < s.len; i++)
		if (s.at[i] == '\\' && i + 3 < s.len) {
			*to++ = (char)((s.at[i + 1] - '0') * 64 +
			    (s.at[i + 2] - '0') * 8 + (s.at[i + 3] - '0'));
			i += 3;
		} else
			*to++ = s.at[i];
	if (path != NULL)
		*to = '\0';
	return path;
}

static struct mount *
same_device(struct mount *mounts, size_t n, const struct mount_line *m)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (mounts[i].dev_major == m->dev_major &&
		    mounts[i].dev_minor == m->dev_minor)
			return &mounts[i];
	return NULL;
}

static struct mount *
same_path(struct mount *mounts, size_t n, const char *path)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(mounts[i].path, path) == 0)
			return &mounts[i];
	return NULL;
}

static void
release_mount(struct mount *m)
{
	free(m->path);
	free(m->device);
	free(m->type);
}

static void
take_line(struct mount *mounts, size_t *n, const struct mount_line *line)
{
	struct mount *m = same_device(mounts, *n, line);
	struct mount new = { .path = unescape(line->point),
		.device = unescape(line->source),
		.type = unescape(line->type),
		.total = ABSENT,
		.used = ABSENT,
		.avail = ABSENT,
		.usage_percent = ABSENT,
		.dev_major = line->dev_major,
		.dev_minor = line->dev_minor };

	if (new.path == NULL || new.device == NULL || new.type == NULL ||
	    (m != NULL && strlen(new.path) >= strlen(m->path))) {
		release_mount(&new);
		return;
	}
	/* Mounted over another one, which can be seen no more. */
	if (m == NULL)
		m = same_path(mounts, *n, new.path);
	if (m == NULL && *n == DISK_MAX) {
		release_mount(&new);
		return;
	}
	if (m == NULL)
		m = &mounts[(*n)++];
	else
		release_mount(m);
	*m = new;
}

/* What hung before is still known under its path. */
static void
carry_over(const struct disk *d, struct mount *mounts, size_t n)
{
	const struct mount *old;
	size_t i;

	for (i = 0; i < n; i++) {
		old = same_path(d->mounts, d->n_mounts, mounts[i].path);
		if (old == NULL)
			continue;
		mounts[i].stuck = old->stuck;
		mounts[i].retry_ns = old->retry_ns;
		mounts[i].failures = old->failures;
		mounts[i].stale = old->stale;
	}
}

static void
forget_mounts(struct disk *d)
{
	size_t i;

	for (i = 0; i < d->n_mounts; i++)
		release_mount(&d->mounts[i]);
	free(d->mounts);
	d->mounts = NULL;
	d->n_mounts = 0;
}

static bool
list_changed(const struct disk *d, const struct procfs *p)
{
	struct pollfd fd = { d->mountinfo.fd, POLLPRI, 0 };

	if (!p->real || d->mountinfo.fd < 0)
		return true;
	return poll(&fd, 1, 0) > 0;
}

static void
list_mounts(struct disk *d, struct procfs *p)
{
	struct mount *mounts;
	struct span text, line;
	struct mount_line m;
	size_t n = 0;

	if (!list_changed(d, p))
		return;
	if (procfs_read(p, &d->mountinfo, &text) < 0 ||
	    (mounts = calloc(DISK_MAX, sizeof(*mounts))) == NULL)
		return;
	while (text_line(&text, &line))
		if (parse_line(line, &m) && holds_data(&m))
			take_line(mounts, &n, &m);
	carry_over(d, mounts, n);
	forget_mounts(d);
	d->mounts = mounts;
	d->n_mounts = n;
}

static bool
may_ask(struct mount *m, int64_t now_ns)
{
	if (m->stuck != 0) {
		if (!statfs_gone(m->stuck))
			return false;
		m->stuck = 0;
	}
	return now_ns >= m->retry_ns;
}

static void
take_answer(struct mount *m, const struct statfs_answer *a, int64_t now_ns)
{
	unsigned shift;

	if (a->state == STATFS_UNASKED) /* as it was: its turn will come */
		return;
	m->total = m->used = m->avail = m->usage_percent = ABSENT;
	m->stale = a->state == STATFS_HUNG;
	if (a->state == STATFS_HUNG) {
		shift = m->failures < 6 ? m->failures : 6;
		m->failures++;
		m->stuck = a->child;
		m->retry_ns = now_ns +
		    NUM_S *
			((RETRY_S << shift) < RETRY_MAX_S ? (RETRY_S << shift)
							  : RETRY_MAX_S);
		return;
	}
	m->failures = 0;
	/* Zero blocks: nothing that could fill up. */
	if (a->state != STATFS_OK || a->total == 0 || a->free > a->total)
		return;
	m->total = (double)a->total;
	m->used = (double)(a->total - a->free);
	m->avail = (double)a->avail;
	m->files = a->files;
	m->files_free = a->files_free;
	m->read_only = a->read_only;
	if (m->used + m->avail > 0)
		m->usage_percent = 100 * m->used / (m->used + m->avail);
}

void
disk_sample(struct disk *d, struct procfs *p, int64_t now_ns)
{
	const char *paths[DISK_MAX];
	struct mount *asked[DISK_MAX];
	struct statfs_answer answers[DISK_MAX];
	struct mount *m;
	size_t i, n = 0;

	list_mounts(d, p);
	for (i = 0; i < d->n_mounts; i++) {
		m = &d->mounts[(d->turn + i) % d->n_mounts];
		if (may_ask(m, now_ns)) {
			asked[n] = m;
			paths[n++] = m->path;
		}
	}
	if (statfs_ask(d->pool, paths, n, answers) < 0)
		for (i = 0; i < n; i++)
			answers[i].state = STATFS_FAILED;
	d->turn = 0;
	for (i = 0; i < n; i++) {
		take_answer(asked[i], &answers[i], now_ns);
		if (d->turn == 0 && answers[i].state == STATFS_UNASKED)
			d->turn = (size_t)(asked[i] - d->mounts);
	}
}

const struct mount *
disk_root(const struct disk *d)
{
	size_t i;

	for (i = 0; i < d->n_mounts; i++)
		if (strcmp(d->mounts[i].path, "/") == 0)
			return &d->mounts[i];
	return NULL;
}

void
disk_release(struct disk *d)
{
	forget_mounts(d);
	statfs_free(d->pool);
}
