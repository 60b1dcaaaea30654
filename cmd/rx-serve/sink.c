/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void
on_ready(void *arg)
{
	sink_go(arg);
}

void
sink_init(struct sink *s, void (*failed)(void *, int error), void *arg)
{
	*s = (struct sink){ .failed = failed, .arg = arg };
	buf_init(&s->bytes);
	s->watch = (struct net_watch){
		.fd = -1, .ready = on_ready, .arg = s, .room = true
	};
	s->after = (struct net_after){ .run = on_ready, .arg = s };
}

int
sink_open(struct sink *s, int fd)
{
	struct stat st;
	int flags;

	/* A file is never waited for, and its flags may be another's too. */
	if (fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode) &&
	    ((flags = fcntl(fd, F_GETFL)) < 0 ||
		fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0))
		return -1;
	s->watch.fd = fd;
	sink_go(s);
	return 0;
}

static void
unwatch(struct sink *s)
{
	if (s->watching)
		net_unwatch(&s->watch);
	s->watching = false;
}

void
sink_close(struct sink *s)
{
	unwatch(s);
	if (s->watch.fd >= 0)
		close(s->watch.fd);
	s->watch.fd = -1;
	s->sent = 0;
	buf_release(&s->bytes);
}

bool
sink_put(struct sink *s, struct span bytes)
{
	if (bytes.len > SINK_BYTES - (s->bytes.len - s->sent))
		return false;
	if (s->sent > s->bytes.len / 2) {
		s->bytes.len -= s->sent;
		memmove(s->bytes.at, s->bytes.at + s->sent, s->bytes.len);
		s->sent = 0;
	}
	buf_add(&s->bytes, bytes);
	if (!s->bytes.failed)
		return true;
	s->bytes.failed = false; /* what was there is there */
	return false;
}

void
sink_go(struct sink *s)
{
	ssize_t n = 0;

	while (s->watch.fd >= 0 && !sink_is_empty(s)) {
		n = write(
		    s->watch.fd, s->bytes.at + s->sent, s->bytes.len - s->sent);
		if (n < 0)
			break;
		s->sent += (size_t)n;
	}
	if (n < 0 && errno == EAGAIN) {
		if (!s->watching && net_watch(&s->watch) == 0)
			s->watching = true;
		return;
	}
	unwatch(s);
	if (n < 0)
		s->failed(s->arg, errno);
	else if (sink_is_empty(s)) {
		s->sent = 0;
		/* Large once is not large for ever. */
		if (s->bytes.size > SINK_BYTES / 16)
			buf_release(&s->bytes);
		else
			buf_reset(&s->bytes);
	}
}

void
sink_soon(struct sink *s)
{
	net_after(&s->after);
}

bool
sink_is_empty(const struct sink *s)
{
	return s->sent == s->bytes.len;
}
