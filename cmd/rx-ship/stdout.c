/* SPDX-License-Identifier: MIT */
/*
 * Records to standard output, for a pipe that goes on.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/rx-ship/target.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/stop.h"

#define BATCH_BYTES (64 * 1024)
/* A pipe that is writable takes so much without waiting: PIPE_BUF of Linux. */
#define PIPE_BYTES 4096

struct out {
	struct target target;
	struct buf batch;
	size_t done; /* bytes of it that were written */
	uint64_t from, behind; /* the orders of its messages */
	bool is_file;
};

static void
gather(struct out *o, int64_t now_ms)
{
	struct window *w = o->target.window;
	struct message *m;

	buf_reset(&o->batch);
	o->done = 0;
	o->from = o->behind = 0;
	while (o->batch.len < BATCH_BYTES &&
	    (m = window_next(w, now_ms)) != NULL) {
		buf_add(&o->batch, m->body);
		buf_addc(&o->batch, '\n');
		if (o->behind == 0)
			o->from = m->order;
		o->behind = m->order + 1;
		window_sent(w, m, now_ms);
	}
}

static void
stored(struct out *o, int64_t now_ms)
{
	struct target *t = &o->target;

	for (uint64_t order = o->from; order < o->behind; order++) {
		struct message *m = window_find(t->window, order);

		if (m == NULL)
			continue;
		t->sent++;
		window_accept(t->window, m, now_ms);
	}
	o->behind = 0;
	if (!t->up) {
		t->connects++;
		t->since_ms = now_ms;
	}
	t->up = true;
}

/* A reader that left ends its pipeline in silence. */
static void
fail(struct out *o)
{
	if (errno != EPIPE)
		warn_sys("unable to write stdout");
	window_take_back(o->target.window);
	o->behind = 0;
	o->target.up = false;
	o->target.failures++;
	o->target.lost++;
	o->target.fatal = EX_IOERR;
}

static void
out_work(struct target *t, short revents, int64_t now_ms)
{
	struct out *o = (struct out *)t;
	size_t n;
	ssize_t took;

	if (t->fatal != 0)
		return;
	if (o->behind == 0)
		gather(o, now_ms);
	if (o->batch.failed) {
		errno = ENOMEM;
		fail(o);
	}
	if (o->behind == 0 || (!o->is_file && revents == 0))
		return;
	n = o->batch.len - o->done;
	if (!o->is_file && n > PIPE_BYTES)
		n = PIPE_BYTES;
	took = write(STDOUT_FILENO, o->batch.at + o->done, n);
	if (took < 0 && errno != EAGAIN && errno != EINTR) {
		fail(o);
		return;
	}
	o->done += took < 0 ? 0 : (size_t)took;
	if (o->done < o->batch.len)
		return;
	if (o->is_file && fdatasync(STDOUT_FILENO) < 0)
		fail(o);
	else
		stored(o, now_ms);
}

static void
out_poll(struct target *t, struct pollfd *p, int64_t *until_ms)
{
	struct out *o = (struct out *)t;

	*p = (struct pollfd){ .fd = -1, .events = POLLOUT };
	if (t->fatal != 0)
		return;
	if (o->behind == 0 && t->window->held == 0)
		return;
	if (o->is_file)
		*until_ms = 0;
	else
		p->fd = STDOUT_FILENO;
}

static bool
out_goodbye(struct target *t, int64_t now_ms)
{
	(void)t;
	(void)now_ms;
	return true;
}

static void
out_free(struct target *t)
{
	buf_release(&((struct out *)t)->batch);
	free(t);
}

static const struct target_ops ops = {
	.poll = out_poll,
	.work = out_work,
	.goodbye = out_goodbye,
	.free = out_free,
};

struct target *
stdout_open(
    char *url, bool blank, const struct settings *settings, const char **why)
{
	struct out *o = calloc(1, sizeof(*o));
	struct stat st;

	(void)url;
	(void)blank;
	if (o == NULL) {
		*why = strerror(errno);
		return NULL;
	}
	o->target = (struct target){ .ops = &ops,
		.settings = settings,
		.name = "stdout",
		.about = "records to standard output",
		.promises = "stdio",
		.named = true,
		.takes_stdout = true,
		.since_ms = stop_now_ms() };
	buf_init(&o->batch);
	o->is_file = fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode);
	return &o->target;
}
