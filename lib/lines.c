/* SPDX-License-Identifier: MIT */
#include "lib/lines.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/pipe.h"
#include "lib/stop.h"

#define READ_SIZE (256 * 1024)

/*
 * The buffer:   0 … start      given out
 *               start … line   the next line, with its newline
 *               line … end     not looked at yet
 *
 * When there is no whole line, line is start and all was looked at.  So each
 * byte is: when a line is given out the next is looked for, and when bytes are
 * read, only among them.
 */

void
lines_init(struct lines *l, int fd, int stop_fd)
{
	*l = (struct lines){ .fd = fd, .stop_fd = stop_fd };
	pipe_widen(fd);
}

void
lines_release(struct lines *l)
{
	free(l->buf);
	l->buf = NULL;
	l->size = l->start = l->line = l->end = 0;
}

static bool
has_line(const struct lines *l)
{
	return l->line > l->start;
}

bool
lines_ready(const struct lines *l)
{
	return l->ended || has_line(l);
}

/* Is there a newline from here on? */
static void
look(struct lines *l, size_t from)
{
	const char *newline = NULL;

	if (from < l->end)
		newline = memchr(l->buf + from, '\n', l->end - from);
	l->line = newline == NULL ? l->start : (size_t)(newline - l->buf) + 1;
}

/* The end of the last whole line, when there is one. */
static size_t
last_line(const struct lines *l)
{
	const char *newline = memrchr(l->buf + l->line, '\n', l->end - l->line);

	return newline == NULL ? l->line : (size_t)(newline - l->buf) + 1;
}

/* Drops the line that is too long, as far as it has come. */
static void
skip_overlong(struct lines *l)
{
	look(l, l->start);
	l->skipping = !has_line(l);
	l->start = l->skipping ? l->end : l->line;
	look(l, l->start);
}

/* Makes room for one read; a line that has none left is overlong. */
static int
make_room(struct lines *l)
{
	size_t size = l->size == 0 ? 2 * READ_SIZE : l->size;
	char *buf;

	if (l->end - l->start > LINES_MAX && !has_line(l)) {
		l->skipping = true;
		l->overlong++;
		l->number++;
		l->start = l->line = l->end;
	}
	/* Always to the front: what is read then stays in the cache. */
	if (l->start > 0) {
		memmove(l->buf, l->buf + l->start, l->end - l->start);
		l->line -= l->start;
		l->end -= l->start;
		l->start = 0;
	}
	while (size - l->end < READ_SIZE)
		size *= 2;
	if (size > l->size) {
		if ((buf = realloc(l->buf, size)) == NULL)
			return -1;
		l->buf = buf;
		l->size = size;
	}
	return 0;
}

int
lines_fill(struct lines *l)
{
	size_t before;
	ssize_t got;

	if (l->ended)
		return 0;
	if (make_room(l) < 0)
		return -1;
	do {
		if (l->stop_fd >= 0 && stop_asked()) {
			l->ended = true;
			/* Half a line is not a line: its rest is unread. */
			l->end = has_line(l) ? last_line(l) : l->start;
			return 0;
		}
		got = read(l->fd, l->buf + l->end, READ_SIZE);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EAGAIN ? 1 : -1;
	if (got == 0) {
		l->ended = true;
		return 0;
	}
	before = l->end;
	l->end += (size_t)got;
	if (l->skipping)
		skip_overlong(l);
	else if (!has_line(l))
		look(l, before);
	return 1;
}

/* Waits until fd can be read or the tool is to stop. */
static int
fill_waiting(struct lines *l)
{
	struct pollfd in = { l->fd, POLLIN, 0 };

	while (!(l->stop_fd >= 0 && stop_asked())) {
		int got = stop_wait(&in, 1, -1);

		if (got < 0)
			return -1;
		if (got > 0)
			break;
	}
	return lines_fill(l);
}

static int
take(struct lines *l, struct span *out, bool all)
{
	size_t until;

	l->torn = false;
	while (!has_line(l) && !l->ended)
		if (fill_waiting(l) < 0)
			return -1;
	if (has_line(l))
		until = all ? last_line(l) : l->line;
	else if (l->end == l->start || l->skipping)
		return 0;
	else {
		until = l->end; /* what came without its newline */
		l->torn = true;
	}
	*out = (struct span){ l->buf + l->start, until - l->start };
	l->start = until;
	if (all)
		l->line = until;
	else
		look(l, until);
	return 1;
}

/*
 * Only the first line of a block can be too long: all before the last read
 * was one unfinished line, and a read is shorter than LINES_MAX.
 */
static bool
drop_overlong(struct lines *l, struct span *block)
{
	const char *newline;
	size_t len;

	if (block->len <= LINES_MAX)
		return false;
	newline = memchr(block->at, '\n', block->len);
	len = newline == NULL ? block->len : (size_t)(newline - block->at);
	if (len <= LINES_MAX)
		return false;
	l->overlong++;
	*block = span_skip(*block, newline == NULL ? len : len + 1);
	return true;
}

int
lines_next(struct lines *l, struct span *line)
{
	for (;;) {
		int got = take(l, line, false);

		if (got <= 0)
			return got;
		l->number++;
		if (!l->torn)
			line->len--;
		if (line->len <= LINES_MAX)
			return 1;
		l->overlong++;
	}
}

int
lines_block(struct lines *l, struct span *block)
{
	int got;

	do {
		got = take(l, block, true);
	} while (got > 0 && drop_overlong(l, block) && block->len == 0);
	return got;
}
