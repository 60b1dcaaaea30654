/* SPDX-License-Identifier: MIT */
#include "lib/outbuf.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/pipe.h"
#include "lib/stop.h"

static int64_t blocked_ns; /* of all */

void
outbuf_init(struct outbuf *o, int fd)
{
	*o = (struct outbuf){ .fd = fd };
	pipe_widen(fd);
}

bool
outbuf_full(const struct outbuf *o)
{
	return o->len >= OUTBUF_FLUSH;
}

int64_t
outbuf_blocked_ns(void)
{
	return blocked_ns;
}

static void
add_blocked(int64_t since_ns)
{
	int64_t ns = stop_now_ns() - since_ns;

	if (ns > OUTBUF_PROMPT_NS)
		blocked_ns += ns;
}

/* How much the kernel took, before an error or, unless waiting, EAGAIN. */
static size_t
offer(struct outbuf *o, bool waiting)
{
	size_t done = 0;

	while (o->error == 0 && done < o->len) {
		ssize_t took = write(o->fd, o->buf + done, o->len - done);

		if (took >= 0) {
			done += (size_t)took;
			o->written += (uintmax_t)took;
		} else if (errno == EAGAIN) {
			struct pollfd out = { o->fd, POLLOUT, 0 };

			if (!waiting)
				break;
			if (stop_wait(&out, 1, -1) < 0)
				o->error = errno;
		} else if (errno != EINTR) {
			o->error = errno;
		}
	}
	return done;
}

static int
stuck_error(struct outbuf *o)
{
	o->len = 0;
	errno = o->error;
	return -1;
}

int
outbuf_flush(struct outbuf *o)
{
	int64_t since_ns;

	if (o->len > 0) {
		since_ns = stop_now_ns();
		offer(o, true);
		add_blocked(since_ns);
	}
	if (o->error != 0)
		return stuck_error(o);
	o->len = 0;
	return 0;
}

int
outbuf_try(struct outbuf *o)
{
	size_t done = offer(o, false);

	if (o->error != 0)
		return stuck_error(o);
	if (done > 0 && done < o->len)
		memmove(o->buf, o->buf + done, o->len - done);
	o->len -= done;
	if (o->full_ns != 0) {
		add_blocked(o->full_ns);
		o->full_ns = 0;
	}
	if (o->len > 0)
		o->full_ns = stop_now_ns();
	return o->len == 0;
}

char *
outbuf_make_room(struct outbuf *o, size_t n)
{
	char *buf;
	size_t size = o->size == 0 ? 2 * OUTBUF_FLUSH : o->size;

	if (o->len >= OUTBUF_FLUSH && outbuf_flush(o) < 0)
		return NULL;
	if (o->error != 0 || n > SIZE_MAX / 4)
		return NULL;
	while (size - o->len < n)
		size *= 2;
	if (size > o->size) {
		if ((buf = realloc(o->buf, size)) == NULL) {
			o->error = ENOMEM;
			return NULL;
		}
		o->buf = buf;
		o->size = size;
	}
	return o->buf + o->len;
}

void
outbuf_add(struct outbuf *o, struct span s)
{
	char *room;

	if (s.len == 0 || (room = outbuf_room(o, s.len)) == NULL)
		return;
	memcpy(room, s.at, s.len);
	o->len += s.len;
}

void
outbuf_line(struct outbuf *o, struct span s)
{
	char *room;

	if ((room = outbuf_room(o, s.len + 1)) == NULL)
		return;
	if (s.len > 0)
		memcpy(room, s.at, s.len);
	room[s.len] = '\n';
	o->len += s.len + 1;
}

int
outbuf_close(struct outbuf *o)
{
	int flushed = outbuf_flush(o), error = errno;

	free(o->buf);
	o->buf = NULL;
	o->size = 0;
	if (close(o->fd) < 0 && flushed == 0)
		return -1;
	errno = error;
	return flushed;
}
