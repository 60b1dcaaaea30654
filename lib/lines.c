#include "lib/lines.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/stop.h"

#define READ_SIZE (256 * 1024)

/*
 * The buffer:   0 … start   given out
 *               start … scan   looked through, no newline in it
 *               scan … end     not looked at yet
 * A block ends behind the last newline before end.
 */

void
lines_init(struct lines *l, int fd, int stop_fd)
{
	*l = (struct lines){ .fd = fd, .stop_fd = stop_fd };
}

void
lines_release(struct lines *l)
{
	free(l->buf);
	l->buf = NULL;
	l->size = l->start = l->scan = l->end = 0;
}

bool
lines_ready(const struct lines *l)
{
	return l->ended ||
	    (!l->skipping && l->end > l->scan &&
		memchr(l->buf + l->scan, '\n', l->end - l->scan) != NULL);
}

/* Drops the line that is too long, as far as it has come. */
static void
skip_overlong(struct lines *l)
{
	char *newline = memchr(l->buf + l->start, '\n', l->end - l->start);

	if (newline == NULL) {
		l->start = l->scan = l->end = 0;
		return;
	}
	l->start = l->scan = (size_t)(newline - l->buf) + 1;
	l->skipping = false;
}

/* Makes room for one read; a line that has none left is overlong. */
static int
make_room(struct lines *l)
{
	char *buf;

	if (l->start == l->end)
		l->start = l->scan = l->end = 0;
	if (l->end - l->start > LINES_MAX) {
		l->skipping = true;
		l->overlong++;
		l->number++;
		l->start = l->scan = l->end = 0;
	}
	if (l->size - l->end >= READ_SIZE)
		return 0;
	if (l->start > 0) {
		memmove(l->buf, l->buf + l->start, l->end - l->start);
		l->scan -= l->start;
		l->end -= l->start;
		l->start = 0;
	}
	if (l->size - l->end >= READ_SIZE)
		return 0;
	buf = realloc(l->buf, l->size == 0 ? 2 * READ_SIZE : l->size * 2);
	if (buf == NULL)
		return -1;
	l->size = l->size == 0 ? 2 * READ_SIZE : l->size * 2;
	l->buf = buf;
	return 0;
}

int
lines_fill(struct lines *l)
{
	ssize_t got;

	if (l->ended)
		return 0;
	if (make_room(l) < 0)
		return -1;
	do {
		if (l->stop_fd >= 0 && stop_asked()) {
			l->ended = true;
			/* Half a line is not a line: its rest is unread. */
			l->scan = l->end = l->start;
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
	l->end += (size_t)got;
	if (l->skipping)
		skip_overlong(l);
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

/* How far whole lines reach: behind the first newline, or behind the last. */
static size_t
whole(struct lines *l, bool all)
{
	char *newline;
	size_t left = l->end - l->scan;

	if (left == 0)
		return 0;
	newline = all ? memrchr(l->buf + l->scan, '\n', left)
		      : memchr(l->buf + l->scan, '\n', left);
	if (newline == NULL) {
		l->scan = l->end;
		return 0;
	}
	return (size_t)(newline - l->buf) + 1;
}

static int
take(struct lines *l, struct span *out, bool all)
{
	size_t until;

	l->torn = false;
	while ((until = whole(l, all)) == 0) {
		if (l->ended) {
			if (l->end == l->start || l->skipping)
				return 0;
			/* What came without its newline. */
			until = l->end;
			l->torn = true;
			break;
		}
		if (fill_waiting(l) < 0)
			return -1;
	}
	*out = (struct span){ l->buf + l->start, until - l->start };
	l->start = l->scan = until;
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
