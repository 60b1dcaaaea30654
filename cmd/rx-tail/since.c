/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/since.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-tail/ident.h"
#include "cmd/rx-tail/join.h"
#include "cmd/rx-tail/log.h"
#include "cmd/rx-tail/pieces.h"
#include "lib/num.h"
#include "lib/whole.h"

struct search {
	int fd;
	uint64_t size;
	int64_t now_ns;
	struct log *log;
	bool told; /* some line told its time */
};

/* A line that tells its time. */
struct timed {
	uint64_t at;
	int64_t ns;
};

static char block[SINCE_STEP];

static bool
scan_whole(
    struct span text, int64_t now_ns, const struct rtime *zone, int64_t *ns)
{
	struct rtime_found found;
	struct rtime rtime = *zone;

	if (!rtime_scan(&rtime, text, now_ns, &found) || found.at != 0 ||
	    found.len != text.len)
		return false;
	*ns = found.ns;
	return true;
}

int
since_parse(
    const char *text, int64_t now_ns, const struct rtime *zone, int64_t *ns)
{
	char day[64];
	int64_t ago;
	const char *why;
	int n;

	if (num_duration(span_of(text), &ago, &why) == 0) {
		*ns = ago < now_ns ? now_ns - ago : 0;
		return 0;
	}
	if (scan_whole(span_of(text), now_ns, zone, ns))
		return 0;
	n = snprintf(day, sizeof(day), "%s 00:00:00", text);
	return n < (int)sizeof(day) &&
		scan_whole(span_of(day), now_ns, zone, ns)
	    ? 0
	    : -1;
}

/* Bytes at offset; where only zeros are, what follows the hole. */
static ssize_t
read_block(const struct search *s, uint64_t *offset)
{
	ssize_t got = read_at(s->fd, block, sizeof(block), *offset);
	off_t data;

	if (got <= 0 || *block != '\0')
		return got;
	data = lseek(s->fd, (off_t)*offset, SEEK_DATA);
	if (data < 0)
		return 0; /* nothing but the hole */
	if ((uint64_t)data == *offset)
		return got;
	*offset = (uint64_t)data;
	return read_at(s->fd, block, sizeof(block), *offset);
}

/*
 * The first line that tells its time and begins at from or later, before until,
 * found by reading most bytes: 1, 0 there is none, -1 error.
 */
static int
next_timed(struct search *s, uint64_t from, uint64_t until, uint64_t most,
    struct timed *line)
{
	bool inside = from > 0; /* of a line: it ends before the next */
	uint64_t at = inside ? from - 1 : 0;

	for (uint64_t done = 0; at < until && done < most;) {
		uint64_t asked = at;
		ssize_t got = read_block(s, &at);
		struct span rest = { block, got < 0 ? 0 : (size_t)got };

		if (got <= 0)
			return (int)got;
		done += rest.len;
		inside |= at != asked; /* what the hole begins with */
		while (rest.len > 0 && at < until) {
			const char *lf = memchr(rest.at, '\n', rest.len);
			size_t len =
			    lf == NULL ? rest.len : (size_t)(lf - rest.at);

			/* One that is cut off is read again, from its start. */
			if (lf == NULL && !inside && rest.at != block &&
			    at + rest.len < s->size)
				break;
			if (!inside &&
			    log_tells(s->log, (struct span){ rest.at, len },
				s->now_ns, &line->ns)) {
				s->told = true;
				line->at = at;
				return 1;
			}
			inside = lf == NULL;
			len += lf != NULL;
			rest = span_skip(rest, len);
			at += len;
		}
	}
	return 0;
}

/* A pass over the lines of a container's log, up to a line that begins at until
 * or later. */
struct pass {
	uint64_t at, until;
	bool inside; /* of a line */
	struct pieces pieces;
	uint64_t whole; /* the last line before which no record was open */
	bool first; /* the first such is asked for: it ends there */
	bool goes_on; /* a line went on with a record */
};

static int
pass_lines(int fd, struct log *log, struct pass *w)
{
	struct decoded d;

	while (w->at < w->until) {
		ssize_t got = read_at(fd, block, sizeof(block), w->at);
		struct span rest = { block, got < 0 ? 0 : (size_t)got };
		const char *lf;

		if (got <= 0)
			return (int)got;
		while (w->at < w->until &&
		    (lf = memchr(rest.at, '\n', rest.len)) != NULL) {
			size_t len = (size_t)(lf - rest.at);
			struct span line = { rest.at, len };

			if (!w->inside && pieces_whole(&w->pieces)) {
				w->whole = w->at;
				if (w->first)
					return 0;
			}
			if (!w->inside && join_decodes(log->join, line, &d))
				w->goes_on |= pieces_take(&w->pieces, &d);
			w->inside = false;
			rest = span_skip(rest, len + 1);
			w->at += len + 1;
		}
		if (w->at < w->until && rest.at == block) {
			w->inside = true; /* no line is so long */
			w->at += rest.len;
		}
	}
	return 0;
}

/* The last line at offset or before it where no record is open. */
static uint64_t
between_records(int fd, struct log *log, uint64_t offset, struct pieces *open)
{
	struct pass w = { .until = offset, .whole = offset };

	*open = w.pieces;
	if (log->join == NULL)
		return offset;
	w.at = offset > SINCE_PROBE ? offset - SINCE_PROBE : 0;
	w.inside = w.at > 0;
	if (pass_lines(fd, log, &w) < 0 || pieces_whole(&w.pieces))
		return offset;
	*open = w.pieces;
	return w.whole;
}

bool
since_cut(struct log *log, int fd, uint64_t size, int next_fd, uint64_t next_o,
    uint64_t *from)
{
	struct pass w = { .first = true,
		.until = next_o > 0 ? next_o : SINCE_PROBE };

	*from = between_records(fd, log, size, &w.pieces);
	if (*from == size || pass_lines(next_fd, log, &w) < 0)
		return false;
	return next_o > 0 ? w.at >= next_o && !pieces_whole(&w.pieces)
			  : w.goes_on;
}

enum since
since_find(
    int fd, uint64_t size, int64_t since_ns, struct log *log, uint64_t *offset)
{
	struct search s = { fd, size, rtime_now_ns(), log, false };
	uint64_t low = 0, high = size, mid, most;
	struct timed line = { 0 };
	struct pieces open;
	int r;

	/* Lines that begin before low are older; high is not before the answer
	 * unless nothing between them tells its time. */
	while (high - low > SINCE_STEP) {
		mid = low + (high - low) / 2;
		if ((r = next_timed(&s, mid, high, SINCE_PROBE, &line)) < 0)
			return SINCE_ERROR;
		if (r == 1 && line.ns < since_ns)
			low = line.at + 1;
		else
			high = mid;
	}
	most = s.told || size <= SINCE_PROBE ? size : SINCE_PROBE;
	while ((r = next_timed(&s, low, size, most, &line)) == 1) {
		if (line.ns >= since_ns) {
			*offset = between_records(fd, log, line.at, &open);
			return SINCE_FOUND;
		}
		low = line.at + 1;
	}
	if (r < 0)
		return SINCE_ERROR;
	return s.told ? SINCE_NONE : SINCE_UNTOLD;
}
