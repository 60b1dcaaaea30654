/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/watch.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "cmd/rx-tail/log.h"
#include "cmd/rx-tail/patterns.h"
#include "cmd/rx-tail/tail.h"
#include "cmd/rx-tail/tree.h"
#include "lib/diag.h"

#define EVENTS \
	(IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_MODIFY | \
	    IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

#define PENDING_MOST (256 * 1024)
#define READS 64 /* a full queue of the kernel, and some more */
#define EVENT_MAX (sizeof(struct inotify_event) + NAME_MAX + 1)

struct dir {
	int wd;
	bool remote;
	char *path;
};

/* Network file systems, by the magic numbers of statfs(2); FUSE may be one. */
static const uint32_t remote_magic[] = {
	0x00006969, /* NFS */
	0x0000517b, /* SMB */
	0xff534d42, /* CIFS */
	0xfe534d42, /* SMB 2 and 3 */
	0x65735546, /* FUSE: sshfs, s3fs, GlusterFS, virtiofs */
	0x01021997, /* 9P */
	0x00c36400, /* Ceph */
	0x5346414f, /* AFS, by OpenAFS */
	0x6b414653, /* AFS, by the kernel */
	0x0bd00bd0, /* Lustre */
	0x47504653, /* GPFS */
	0x7461636f, /* OCFS2 */
	0x01161970, /* GFS2 */
	0x786f4256, /* vboxsf */
	0x73757245, /* Coda */
};

static bool
is_remote(const char *path)
{
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return false;
	for (size_t i = 0; i < sizeof(remote_magic) / sizeof(*remote_magic);
	     i++)
		if ((uint32_t)fs.f_type == remote_magic[i])
			return true;
	return false;
}

static int
by_wd(const void *a, const void *b)
{
	const struct dir *x = a, *y = b;

	return x->wd < y->wd ? -1 : x->wd > y->wd;
}

static int
by_name(const void *a, const void *b)
{
	const struct watched *x = a, *y = b;

	if (x->wd != y->wd)
		return x->wd < y->wd ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void
fall_back(struct watch *w)
{
	if (!w->polling)
		warn_sys("inotify: no more watches, looking at every file "
			 "several times a second instead");
	w->polling = true;
}

void
watch_init(struct watch *w)
{
	*w = (struct watch){ .fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC) };
	if (w->fd < 0)
		fall_back(w);
}

void
watch_poll(struct watch *w)
{
	*w = (struct watch){ .fd = -1, .polling = true };
}

static struct dir *
dir_of_wd(struct watch *w, int wd)
{
	struct dir wanted = { .wd = wd };

	return tree_find(w->dirs, &wanted, by_wd);
}

static int
add_dir(struct watch *w, const char *path)
{
	struct dir *d;
	int wd;

	if (w->fd < 0)
		return -1;
	if ((wd = inotify_add_watch(w->fd, path, EVENTS | IN_ONLYDIR)) < 0) {
		if (errno == ENOSPC || errno == ENOMEM)
			fall_back(w);
		return -1;
	}
	if (dir_of_wd(w, wd) != NULL)
		return wd;
	if ((d = malloc(sizeof(*d))) == NULL ||
	    (d->path = strdup(path)) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	d->wd = wd;
	d->remote = is_remote(path);
	if (d->remote)
		debug("%s: on a network file system, looked at often", path);
	w->remote |= d->remote;
	tree_add(&w->dirs, d, by_wd);
	return wd;
}

void
watch_dir(struct watch *w, const char *path)
{
	add_dir(w, path);
}

static struct watched *
add_name(struct watch *w, struct log *log, const char *dir, const char *name)
{
	struct watched *n;
	char *copy = (char *)(uintptr_t)name; /* it is only compared */
	struct watched wanted = { .wd = add_dir(w, dir), .name = copy };

	if (wanted.wd >= 0)
		log->remote |= dir_of_wd(w, wanted.wd)->remote;
	if (wanted.wd < 0)
		return NULL;
	if ((n = tree_find(w->names, &wanted, by_name)) != NULL)
		return n;
	if ((n = calloc(1, sizeof(*n))) == NULL ||
	    (n->name = strdup(name)) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	n->wd = wanted.wd;
	n->log = log;
	n->next = log->names;
	log->names = n;
	tree_add(&w->names, n, by_name);
	return n;
}

void
watch_name(struct watch *w, struct log *log, const char *dir, const char *name)
{
	add_name(w, log, dir, name);
}

void
watch_log(struct watch *w, struct log *log)
{
	char real[PATH_MAX], *slash;
	struct watched *n;
	struct stat st;

	if ((n = add_name(w, log, log->dir, log->base)) != NULL)
		n->own |= n->log == log;
	if (lstat(log->path, &st) == 0 && S_ISLNK(st.st_mode) &&
	    realpath(log->path, real) != NULL) {
		slash = strrchr(real, '/');
		*slash = '\0';
		watch_name(w, log, slash == real ? "/" : real, slash + 1);
	}
}

int
watch_pending(const struct watch *w, const struct log *log)
{
	const struct watched *n = log->names;
	int bytes;

	while (n != NULL && !(n->own && n->log == log))
		n = n->next;
	if (n == NULL || log->remote || w->polling ||
	    ioctl(w->fd, FIONREAD, &bytes) < 0)
		return -1;
	return bytes < PENDING_MOST ? bytes
				    : -1; /* a full queue stays as full */
}

static void
forget_name(struct watch *w, struct watched *n)
{
	tree_remove(&w->names, n, by_name);
	free(n->name);
	free(n);
}

void
watch_forget(struct watch *w, struct log *log)
{
	struct watched *n;

	while ((n = log->names) != NULL) {
		log->names = n->next;
		forget_name(w, n);
	}
}

/* The kernel dropped the watch: its directory is gone. */
static void
dropped(struct tail *t, int wd)
{
	struct watch *w = &t->watch;
	struct dir *d = dir_of_wd(w, wd);
	struct log *log;

	TAILQ_FOREACH(log, &t->logs, all)
	for (struct watched **at = &log->names; *at != NULL;) {
		struct watched *n = *at;

		if (n->wd != wd) {
			at = &n->next;
			continue;
		}
		*at = n->next;
		forget_name(w, n);
		log_due(t, log, true);
	}
	if (d == NULL)
		return;
	tree_remove(&w->dirs, d, by_wd);
	free(d->path);
	free(d);
	t->walk = true;
}

static void
everything(struct tail *t)
{
	static struct diag_rate often;
	struct log *log;

	warn_every(&often,
	    "inotify: too many events at once: files that came and went "
	    "before they could be read are not known");
	t->counters.overflows++;
	t->walk = true;
	TAILQ_FOREACH(log, &t->logs, all)
	{
		log->grew = true;
		log_due(t, log, true);
	}
}

static bool
is_asked_for(struct tail *t, int wd, const char *name)
{
	struct dir *d = dir_of_wd(&t->watch, wd);
	char path[PATH_MAX];

	if (d == NULL)
		return false;
	if (strcmp(d->path, ".") == 0)
		snprintf(path, sizeof(path), "%s", name);
	else if (snprintf(path, sizeof(path), "%s/%s",
		     strcmp(d->path, "/") == 0 ? "" : d->path,
		     name) >= (int)sizeof(path))
		return false;
	return patterns_match(t, path);
}

/* One that began at the path of a log and left it may go on as another log. */
static void
own_event(struct tail *t, struct log *log, const struct inotify_event *e)
{
	if ((e->mask & IN_MOVED_FROM) && log->births.there) {
		t->watch.left = log;
		t->watch.cookie = e->cookie;
	}
	births_event(log, e->mask);
}

static void
asked_for(struct tail *t, const struct inotify_event *e)
{
	struct log *left = t->watch.left;

	if ((e->mask & IN_MOVED_TO) && left != NULL &&
	    t->watch.cookie == e->cookie && !is_rotation(left->base, e->name))
		births_beside(left);
}

static void
happened(struct tail *t, const struct inotify_event *e)
{
	struct watched wanted = { .wd = e->wd }, *found;
	char *name = (char *)(uintptr_t)e->name; /* it is only compared */

	if (e->mask & IN_Q_OVERFLOW) {
		everything(t);
	} else if (e->mask & IN_IGNORED) {
		dropped(t, e->wd);
	} else if (e->mask & IN_MOVE_SELF) {
		inotify_rm_watch(t->watch.fd, e->wd); /* IN_IGNORED follows */
	} else if (e->len > 0) {
		wanted.name = name;
		found = tree_find(t->watch.names, &wanted, by_name);
		if (found != NULL) {
			found->log->grew |= (e->mask & IN_MODIFY) != 0;
			if (found->own)
				own_event(t, found->log, e);
			/* A file that grows is where it was. */
			log_due(t, found->log,
			    (e->mask & ~(uint32_t)IN_MODIFY) != 0 ||
				log_live(found->log) == NULL);
		} else if (e->mask & IN_ISDIR) {
			t->walk |= (e->mask & (IN_CREATE | IN_MOVED_TO)) != 0;
		} else if (!(e->mask & (IN_DELETE | IN_MOVED_FROM)) &&
		    is_asked_for(t, e->wd, e->name)) {
			t->walk = true;
			asked_for(t, e);
		}
	}
}

void
watch_read(struct tail *t)
{
	/* Not of the stack: it would be cleared for each event. */
	static _Alignas(struct inotify_event) char events[16 * 1024];
	bool full = true; /* there may be more */
	ssize_t got;

	t->watch.drained = t->watch.fd < 0;
	t->watch.left = NULL; /* it may be freed until the next read */
	if (t->watch.fd < 0)
		return;
	/* Not for ever: a busy neighbour must not keep us from reading. */
	for (int i = 0; i < READS; i++) {
		if (!full ||
		    (got = read(t->watch.fd, events, sizeof(events))) <= 0) {
			t->watch.drained = true;
			return;
		}
		full = (size_t)got > sizeof(events) - EVENT_MAX;
		for (char *at = events; at < events + got;) {
			struct inotify_event *e = (void *)at;

			happened(t, e);
			at += sizeof(*e) + e->len;
		}
	}
}
