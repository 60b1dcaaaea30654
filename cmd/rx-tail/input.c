/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cmd/rx-tail/follow.h"
#include "cmd/rx-tail/fragment.h"
#include "cmd/rx-tail/join.h"
#include "cmd/rx-tail/render.h"
#include "cmd/rx-tail/split.h"
#include "lib/diag.h"
#include "lib/stop.h"

#define SLOW_READ 4096 /* with --max-rate: what is read must go */
#define PIPEFS 0x50495045 /* statfs(2): a pipe without a name */

/* A log without files and a source without one, for split(). */
struct input {
	TAILQ_ENTRY(input) all;
	int fd; /* -1: it has ended */
	bool again; /* other writers may come */
	struct log log;
	struct source source;
	struct window window;
	int64_t read_ms;
};

bool
input_is_fifo(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}

static bool
is_stdin(const struct input *in)
{
	return strcmp(in->log.path, "-") == 0;
}

/* Without waiting for a writer. */
static int
open_fifo(const char *path)
{
	return open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static void
open_input(struct input *in)
{
	struct statfs fs;

	if (is_stdin(in)) {
		in->fd = STDIN_FILENO;
		return;
	}
	if ((in->fd = open_fifo(in->log.path)) >= 0)
		in->again = fstatfs(in->fd, &fs) == 0 && fs.f_type != PIPEFS;
}

void
input_add(struct tail *t, const char *path)
{
	struct input *in;
	unsigned n = 0;

	TAILQ_FOREACH(in, &t->inputs, all)
	{
		if (strcmp(in->log.path, path) == 0)
			return;
		n++;
	}
	if (n == INPUT_MAX)
		die(EX_CONFIG, "%s: more than %d FIFOs", path, INPUT_MAX);
	if ((in = calloc(1, sizeof(*in))) == NULL ||
	    (in->log.path = strdup(path)) == NULL ||
	    (in->window.buf = malloc(FRAGMENT_NEED + FOLLOW_READ)) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	TAILQ_INSERT_TAIL(&t->inputs, in, all);
	in->log.base = strrchr(path, '/');
	in->log.base = in->log.base == NULL ? path : in->log.base + 1;
	if (is_stdin(in))
		in->log.base = "stdin";
	TAILQ_INIT(&in->log.chain);
	TAILQ_INSERT_TAIL(&in->log.chain, &in->source, chain);
	in->source.log = &in->log;
	in->log.join = join_new(t, path);
	render_log(t, &in->log);
	open_input(in);
	if (in->fd >= 0) {
		t->n_inputs++;
		t->readable++;
		return;
	}
	die_of_memory();
	warn_sys("%s: unable to read", path);
	t->unreadable++;
	t->denied |= errno == EACCES;
}

static void
hand_on(struct tail *t, struct input *in, bool final)
{
	struct window *w = &in->window;
	uintmax_t lines = t->lines;
	uint64_t o = in->source.o;

	if (in->source.encoding == ENCODING_UNKNOWN)
		in->source.encoding = encoding_of(
		    (struct span){ w->buf + w->start, w->end - w->start },
		    final);
	if (in->source.encoding != ENCODING_UNKNOWN)
		split(t, &in->source, w, final);
	in->log.bytes += in->source.o - o;
	in->log.lines += t->lines - lines;
	rate_spend(&t->rate, t->lines - lines);
}

/* The writers are gone. */
static void
ended(struct tail *t, struct input *in)
{
	hand_on(t, in, true);
	join_flush(t, &in->log);
	in->source.encoding = ENCODING_UNKNOWN;
	in->source.o = 0;
	if (!is_stdin(in))
		close(in->fd);
	in->fd = -1;
	if (in->again && !t->once)
		open_input(in);
	if (in->fd < 0)
		t->n_inputs--;
}

/* One read, which does not wait. */
static void
turn(struct tail *t, struct input *in)
{
	struct window *w = &in->window;
	size_t left = w->end - w->start;
	size_t most = t->rate.per_s > 0 ? SLOW_READ : FOLLOW_READ;
	ssize_t got;

	if (left > 0 && w->start > 0)
		memmove(w->buf, w->buf + w->start, left);
	w->start = 0;
	w->end = left;
	got = read(in->fd, w->buf + left, most);
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got < 0)
		die_sys(EX_IOERR, "unable to read %s",
		    is_stdin(in) ? "stdin" : in->log.path);
	w->end += (size_t)got;
	w->read_ns = rtime_now_ns();
	in->read_ms = stop_now_ms();
	if (got == 0)
		ended(t, in);
	else
		hand_on(t, in, false);
}

bool
input_wait(struct tail *t, int fd, int64_t until_ms)
{
	struct pollfd fds[2 + INPUT_MAX] = { { fd, POLLIN, 0 },
		{ t->journal_fd, POLLIN, 0 } };
	bool open = rate_open(&t->rate);
	int64_t now = stop_now_ms();
	struct input *in;
	bool took = false;
	nfds_t n = 2;

	TAILQ_FOREACH(in, &t->inputs, all)
	fds[n++] = (struct pollfd){ open ? in->fd : -1, POLLIN, 0 };
	if (!open && t->n_inputs > 0 && until_ms > now + rate_wait_ms(&t->rate))
		until_ms = now + rate_wait_ms(&t->rate);
	if (stop_wait(fds, n, until_ms > now ? until_ms - now : 0) < 0)
		die_sys(EX_TEMPFAIL, "unable to wait");
	n = 2;
	TAILQ_FOREACH(in, &t->inputs, all)
	if (fds[n++].revents != 0 && in->fd >= 0) {
		turn(t, in);
		took = true;
	}
	return took;
}

static bool
has_half(const struct input *in)
{
	return in->window.start < in->window.end;
}

/* Whoever was kept from the processor for long finds what came meanwhile. */
static bool
is_read(const struct input *in)
{
	struct pollfd fd = { in->fd, POLLIN, 0 };

	return in->fd < 0 || poll(&fd, 1, 0) == 0;
}

void
input_rest(struct tail *t)
{
	int64_t now = stop_now_ms(), now_ns = rtime_now_ns();
	struct input *in;

	TAILQ_FOREACH(in, &t->inputs, all)
	{
		bool half = has_half(in) && now - in->read_ms >= INPUT_REST_MS;
		bool late = join_is_late(t, &in->log, now_ns);

		if ((!half && !late) || !is_read(in))
			continue;
		if (half)
			hand_on(t, in, true);
		if (late)
			join_flush(t, &in->log);
	}
}

bool
input_is_restless(const struct tail *t)
{
	struct input *in;

	TAILQ_FOREACH(in, &t->inputs, all)
	if (has_half(in) || join_is_open(&in->log))
		return true;
	return false;
}

void
input_label(struct tail *t)
{
	struct input *in;

	TAILQ_FOREACH(in, &t->inputs, all)
	render_log(t, &in->log);
}

void
input_end(struct tail *t)
{
	struct input *in;

	TAILQ_FOREACH(in, &t->inputs, all)
	{
		if (has_half(in))
			hand_on(t, in, true);
		join_flush(t, &in->log);
	}
}
