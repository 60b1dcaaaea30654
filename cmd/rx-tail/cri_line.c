/* SPDX-License-Identifier: MIT */
/*
 * cri_line -- a line as the container runtimes of Kubernetes write it:
 *
 *     2026-01-05T10:00:00.123456789Z stdout F the text
 *
 * The third word is a list of tags with colons between, the first of them P or
 * F.  An F with no text ends a line that came in pieces.
 */
#include <string.h>

#include "cmd/rx-tail/container_format.h"

/* Cut a word off, and the blank behind it. */
static struct span
word(struct span *rest)
{
	const char *blank = memchr(rest->at, ' ', rest->len);
	struct span w = { rest->at, rest->len };

	if (rest->len > 0 && blank != NULL)
		w.len = (size_t)(blank - rest->at);
	*rest = span_skip(*rest, w.len < rest->len ? w.len + 1 : w.len);
	return w;
}

bool
cri_decode(struct span line, struct decoded *d)
{
	struct span time, stream, tags;

	if (line.len == 0 || *line.at < '0' || *line.at > '9')
		return false;
	time = word(&line);
	stream = word(&line);
	tags = word(&line);
	if (rtime_parse(time, &d->when) < 0 || !stream_of(stream, &d->stream) ||
	    tags.len == 0 || (*tags.at != 'P' && *tags.at != 'F') ||
	    (tags.len > 1 && tags.at[1] != ':'))
		return false;
	d->timed = true;
	d->partial = *tags.at == 'P';
	d->text = line;
	return true;
}
