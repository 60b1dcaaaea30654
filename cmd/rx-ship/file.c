#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/rx-ship/archive.h"
#include "cmd/rx-ship/target.h"
#include "lib/buf.h"
#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/stop.h"

#define BATCH_BYTES (1024 * 1024)

struct file {
	struct target target;
	struct archive archive;
	struct buf batch;
	struct backoff backoff;
	int64_t due_ms; /* after a failure: not before */
	uintmax_t torn_told;
	int told; /* the errno that was told last */
	char name[];
};

/* The orders of the messages that went into the batch: from, behind. */
static uint64_t
gather(struct file *f, int64_t now_ms, uint64_t *from)
{
	struct window *w = f->target.window;
	uint64_t behind = 0;
	struct message *m;

	buf_reset(&f->batch);
	while (f->batch.len < BATCH_BYTES &&
	    (m = window_next(w, now_ms)) != NULL) {
		buf_add(&f->batch, m->body);
		buf_addc(&f->batch, '\n');
		if (behind == 0)
			*from = m->order;
		behind = m->order + 1;
		window_sent(w, m, now_ms);
		if (f->target.settings->sync_each)
			break;
	}
	return behind;
}

static void
tell_torn(struct file *f)
{
	if (f->archive.torn == f->torn_told)
		return;
	f->torn_told = f->archive.torn;
	warn("%s ended in half a line: mended, %ju bytes cut off so far",
	    f->target.name, f->archive.cut);
}

static void
hold(struct file *f, int64_t now_ms)
{
	struct target *t = &f->target;
	int error = errno;

	window_take_back(t->window);
	if (f->archive.broken)
		die_sys(EX_IOERR, "unable to %s %s", f->archive.at, t->name);
	if (t->up)
		t->since_ms = now_ms;
	if (t->up || error != f->told)
		warn_sys("unable to %s %s, holding on", f->archive.at, t->name);
	f->told = error;
	t->up = false;
	t->failures++;
	t->lost++;
	f->due_ms = now_ms + backoff_next_ms(&f->backoff);
}

static void
stored(struct file *f, uint64_t from, uint64_t behind, int64_t now_ms)
{
	struct target *t = &f->target;

	for (uint64_t o = from; o < behind; o++) {
		struct message *m = window_find(t->window, o);

		if (m == NULL)
			continue;
		debug("%s: delivered %.*s", t->name, (int)m->name.len,
		    m->name.at);
		t->sent++;
		window_accept(t->window, m, now_ms);
	}
	if (t->failures > 0)
		info("writing %s again", t->name);
	if (!t->up) {
		t->connects++;
		t->since_ms = now_ms;
	}
	t->up = true;
	t->failures = 0;
	backoff_reset(&f->backoff);
}

static void
file_work(struct target *t, short revents, int64_t now_ms)
{
	struct file *f = (struct file *)t;
	uint64_t from, behind;

	(void)revents;
	while (
	    now_ms >= f->due_ms && (behind = gather(f, now_ms, &from)) != 0) {
		int result;

		if (f->batch.failed) {
			errno = ENOMEM;
			f->archive.at = "write";
			result = -1;
		} else {
			result =
			    archive_append(&f->archive, buf_span(&f->batch));
		}
		tell_torn(f);
		if (result < 0)
			hold(f, now_ms);
		else
			stored(f, from, behind, now_ms);
	}
}

static void
file_poll(struct target *t, struct pollfd *p, int64_t *until_ms)
{
	struct file *f = (struct file *)t;

	*p = (struct pollfd){ .fd = -1 };
	if (t->window->held > 0 && f->due_ms < *until_ms)
		*until_ms = f->due_ms;
}

static void
file_reload(struct target *t)
{
	archive_reopen(&((struct file *)t)->archive);
}

static bool
file_goodbye(struct target *t, int64_t now_ms)
{
	(void)t;
	(void)now_ms;
	return true;
}

static void
file_free(struct target *t)
{
	struct file *f = (struct file *)t;

	archive_release(&f->archive);
	buf_release(&f->batch);
	free(f);
}

static const struct target_ops ops = {
	.poll = file_poll,
	.work = file_work,
	.reload = file_reload,
	.goodbye = file_goodbye,
	.free = file_free,
};

/* Only the directory of the file is needed, unless a link leads elsewhere. */
static bool
allow_directory(const char *path)
{
	char *copy = strdup(path);
	bool allowed = false;
	struct stat st;

	if (copy != NULL && (lstat(path, &st) < 0 || !S_ISLNK(st.st_mode)))
		allowed = confine_allow(dirname(copy), "rwc") == 0;
	free(copy);
	return allowed;
}

struct target *
file_open(
    char *url, bool blank, const struct settings *settings, const char **why)
{
	size_t scheme = strlen("file:");
	const char *path = url + scheme;
	struct file *f;

	(void)blank;
	if (strncmp(path, "//", 2) == 0 && strncmp(path, "///", 3) != 0) {
		*why = "names a host: file:PATH or file:///PATH";
		return NULL;
	}
	if (strncmp(path, "///", 3) == 0)
		path += 2;
	if (*path == '\0' || strcmp(path, "-") == 0) {
		*why = "names no file";
		return NULL;
	}
	if ((f = calloc(1, sizeof(*f) + strlen(url) + 1)) == NULL) {
		*why = strerror(errno);
		return NULL;
	}
	memcpy(f->name, url, strlen(url) + 1);
	path = f->name + (path - url);
	f->target = (struct target){ .ops = &ops,
		.settings = settings,
		.name = f->name,
		.about = "a file of records",
		.promises = "stdio rpath wpath cpath flock",
		.since_ms = stop_now_ms() };
	f->backoff = settings->backoff;
	archive_init(&f->archive, path);
	buf_init(&f->batch);
	f->target.named = allow_directory(path);
	return &f->target;
}
