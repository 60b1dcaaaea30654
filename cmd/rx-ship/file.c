/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/rx-ship/archive.h"
#include "cmd/rx-ship/packer.h"
#include "cmd/rx-ship/target.h"
#include "lib/buf.h"
#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/stats.h"
#include "lib/stop.h"

#define BATCH_BYTES (1024 * 1024)
#define LAST_MS 500 /* for segments that are still to be packed */

struct file {
	struct target target;
	struct archive archive;
	struct packer packer;
	struct buf batch;
	struct backoff backoff;
	int64_t due_ms; /* after a failure: not before */
	/* --sync interval: written, by order, and when the disk is asked. */
	uint64_t from, behind;
	int64_t sync_ms;
	uintmax_t torn_told;
	int told; /* the errno that was told last */
	char name[];
};

/* Takes what is to be written at once; true when there is some. */
static bool
gather(struct file *f, int64_t now_ms)
{
	const struct file_settings *how = &f->target.settings->file;
	struct window *w = f->target.window;
	size_t enough = BATCH_BYTES;
	struct message *m;

	if (how->max_bytes > 0 && how->max_bytes < enough)
		enough = (size_t)how->max_bytes;
	buf_reset(&f->batch);
	while ((m = window_next(w, now_ms)) != NULL) {
		if (f->batch.len > 0 && f->batch.len + m->body.len + 1 > enough)
			break;
		buf_add(&f->batch, m->body);
		buf_addc(&f->batch, '\n');
		if (f->behind == 0)
			f->from = m->order;
		f->behind = m->order + 1;
		window_sent(w, m, now_ms);
		if (how->sync == FILE_SYNC_EACH)
			break;
	}
	return f->batch.len > 0;
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
	f->behind = 0;
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

/* What was written is on the disk. */
static void
stored(struct file *f, int64_t now_ms)
{
	struct target *t = &f->target;

	for (uint64_t o = f->from; o < f->behind; o++) {
		struct message *m = window_find(t->window, o);

		if (m == NULL)
			continue;
		debug("%s: delivered %.*s", t->name, (int)m->name.len,
		    m->name.at);
		t->sent++;
		window_accept(t->window, m, now_ms);
	}
	f->behind = 0;
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
sync_now(struct file *f, int64_t now_ms)
{
	if (archive_sync(&f->archive) < 0)
		hold(f, now_ms);
	else
		stored(f, now_ms);
}

/* What was written before the batch that failed may be safe. */
static void
keep_earlier(struct file *f, uint64_t behind, int64_t now_ms)
{
	int error = errno;

	f->behind = behind;
	if (behind != 0 && !f->archive.in_doubt &&
	    archive_sync(&f->archive) == 0)
		stored(f, now_ms);
	errno = error;
}

static void
write_batch(struct file *f, uint64_t earlier, int64_t now_ms)
{
	const struct file_settings *how = &f->target.settings->file;
	bool sync = how->sync != FILE_SYNC_INTERVAL;
	uintmax_t closed = f->archive.closed;
	int result = -1;

	if (f->batch.failed) {
		errno = ENOMEM;
		f->archive.at = "write";
	} else {
		result = archive_append(&f->archive, buf_span(&f->batch), sync);
	}
	tell_torn(f);
	if (f->archive.closed != closed)
		packer_look(&f->packer);
	if (result < 0) {
		keep_earlier(f, earlier, now_ms);
		hold(f, now_ms);
	} else if (sync) {
		stored(f, now_ms);
	} else if (earlier == 0) {
		f->sync_ms = now_ms + how->interval_ms;
	}
}

static void
file_work(struct target *t, short revents, int64_t now_ms)
{
	struct file *f = (struct file *)t;
	uint64_t earlier = f->behind;

	(void)revents;
	while (now_ms >= f->due_ms && gather(f, now_ms)) {
		write_batch(f, earlier, now_ms);
		earlier = f->behind;
	}
	if (f->behind != 0 &&
	    (t->hurry || now_ms >= f->sync_ms || window_full(t->window)))
		sync_now(f, now_ms);
	if (t->settings->gzip)
		(void)packer_work(&f->packer);
}

static void
file_poll(struct target *t, struct pollfd *p, int64_t *until_ms)
{
	struct file *f = (struct file *)t;

	*p = (struct pollfd){ .fd = -1 };
	if (t->window->held > t->window->in_flight && f->due_ms < *until_ms)
		*until_ms = f->due_ms;
	if (f->behind != 0 && f->sync_ms < *until_ms)
		*until_ms = f->sync_ms;
	if (t->settings->gzip && packer_busy(&f->packer))
		*until_ms = 0;
}

static void
file_reload(struct target *t)
{
	struct file *f = (struct file *)t;

	archive_reopen(&f->archive);
	packer_look(&f->packer);
}

static bool
file_goodbye(struct target *t, int64_t now_ms)
{
	struct file *f = (struct file *)t;

	while (t->settings->gzip && packer_work(&f->packer) &&
	    stop_now_ms() < now_ms + LAST_MS)
		;
	return true;
}

static void
file_counters(const struct target *t, struct buf *b)
{
	const struct file *f = (const struct file *)t;

	stats_one(b, "rx_ship_segments_closed_total", STATS_COUNTER,
	    "Segments of the archive that were closed.", f->archive.closed);
	stats_one(b, "rx_ship_segments_packed_total", STATS_COUNTER,
	    "Closed segments that were compressed.", f->packer.packed);
	stats_one(b, "rx_ship_torn_total", STATS_COUNTER,
	    "Half lines of dead writers that were mended.", f->archive.torn);
	stats_one(b, "rx_ship_torn_bytes_total", STATS_COUNTER,
	    "Bytes of them that were cut off.", f->archive.cut);
}

static int
file_check(struct target *t, char *why, size_t size)
{
	struct file *f = (struct file *)t;

	if (archive_check(&f->archive) == 0)
		return EX_OK;
	snprintf(why, size, "unable to %s %s: %s", f->archive.at, t->name,
	    strerror(errno));
	return errno == EACCES || errno == EPERM || errno == EROFS ? EX_NOPERM
								   : EX_IOERR;
}

static void
file_free(struct target *t)
{
	struct file *f = (struct file *)t;

	archive_release(&f->archive);
	packer_release(&f->packer);
	buf_release(&f->batch);
	free(f);
}

static const struct target_ops ops = {
	.poll = file_poll,
	.work = file_work,
	.reload = file_reload,
	.goodbye = file_goodbye,
	.counters = file_counters,
	.check = file_check,
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
	struct stat st;

	(void)blank;
	if (strncmp(path, "//", 2) == 0 && strncmp(path, "///", 3) != 0) {
		*why = "names a host: file:PATH or file:///PATH";
		return NULL;
	}
	if (strncmp(path, "///", 3) == 0)
		path += 2;
	if (*path == '\0') {
		*why = "names no file";
		return NULL;
	}
	/* One that becomes so later is told, and waited for. */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		*why = "names what is no regular file";
		return NULL;
	}
	if ((settings->file.max_bytes > 0 || settings->file.period_ns > 0) &&
	    lstat(path, &st) == 0 && S_ISLNK(st.st_mode)) {
		*why = "leads through a link, which is no file to rotate";
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
	f->archive.max_bytes = settings->file.max_bytes;
	f->archive.period_ns = settings->file.period_ns;
	packer_init(&f->packer, path);
	buf_init(&f->batch);
	f->target.named = allow_directory(path);
	return &f->target;
}
