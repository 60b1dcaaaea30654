/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "cmd/rx-tail/journal.h"
#include "cmd/rx-tail/past.h"
#include "cmd/rx-tail/source.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/newfile.h"
#include "lib/record.h"
#include "lib/rtime.h"
#include "lib/stop.h"

#define VERSION 1
#define SIZE_MAX_BYTES (1024 * 1024 * 1024)
#define SHARE 20 /* of the time, so much less goes into writing */

static struct {
	const char *path; /* NULL: no checkpoint */
	struct buf text; /* of the file that is being written */
	size_t lines;
	int64_t now_ns;
	uintmax_t bytes; /* read when it was written last */
	int64_t next_ms, rest_ms;
} c;

static void
lock(const char *path)
{
	char name[4096];
	int fd;

	if (snprintf(name, sizeof(name), "%s.lock", path) >= (int)sizeof(name))
		die(EX_USAGE, "--checkpoint: the name is too long");
	if ((fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) <
	    0)
		die_sys(EX_IOERR, "%s: unable to open", name);
	/* Never closed: it is held until the process ends. */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		die(EX_TEMPFAIL, "%s: another run keeps it", path);
}

static bool
get(struct record *rec, const char *name, enum value_type type, struct span *v)
{
	struct value value;

	if (!record_get(rec, name, &value) || value.type != type)
		return false;
	*v = value.text;
	return true;
}

static bool
is_head(struct record *rec, struct span line)
{
	struct span version;

	return record_parse(rec, line) == 0 &&
	    get(rec, "checkpoint", VALUE_NUMBER, &version) &&
	    span_is(version, "1");
}

/* The last line tells how many there are before it. */
static bool
is_end(struct record *rec, struct span line, size_t n)
{
	char count[NUM_DIGITS + 1];
	struct span end;

	count[num_render(count, n)] = '\0';
	return record_parse(rec, line) == 0 &&
	    get(rec, "end", VALUE_NUMBER, &end) && span_is(end, count);
}

static bool
load_source(struct record *rec, struct span line, struct claims *to)
{
	struct span entry, seen;
	struct rtime_found when;

	if (record_parse(rec, line) < 0)
		return false;
	if (!get(rec, "entry", VALUE_OBJECT, &entry) ||
	    !get(rec, "seen", VALUE_STRING, &seen) ||
	    rtime_parse(seen, &when) < 0 ||
	    entry_parse(entry, &to->pos[to->n_pos]) < 0)
		return false;
	to->seen_ns[to->n_pos++] = when.ns;
	return true;
}

static bool
load(struct buf *text, struct claims *to)
{
	struct span rest = buf_span(text); /* entries are loans of it */
	size_t n = 0, lines = 0;
	bool ended = false, good = true;
	struct record rec;

	for (size_t i = 0; i < text->len; i++)
		lines += text->at[i] == '\n';
	to->pos = calloc(lines + 1, sizeof(*to->pos));
	to->seen_ns = calloc(lines + 1, sizeof(*to->seen_ns));
	if (to->pos == NULL || to->seen_ns == NULL)
		die(EX_TEMPFAIL, "out of memory");
	record_init(&rec);
	for (; good && n < lines; n++) {
		const char *lf = memchr(rest.at, '\n', rest.len);
		struct span line = { rest.at, (size_t)(lf - rest.at) };

		rest = span_skip(rest, line.len + 1);
		if (n == 0)
			good = is_head(&rec, line);
		else if (n == lines - 1)
			good = ended = is_end(&rec, line, n);
		else
			good = load_source(&rec, line, to);
	}
	record_release(&rec);
	return good && ended && rest.len == 0;
}

static void
read_it(const char *path, struct claims *to)
{
	to->new_lane = true;
	if (newfile_read(path, SIZE_MAX_BYTES, &to->texts[0]) == 0) {
		to->n = 1;
		to->new_lane = false;
		if (!load(&to->texts[0], to))
			die(EX_DATAERR,
			    "%s: is no checkpoint of rx-tail: it is left as "
			    "it is; move it away to begin anew",
			    path);
	} else if (errno != ENOENT) {
		die_sys(EX_IOERR, "%s: unable to read", path);
	}
}

void
checkpoint_open(const char *path, struct claims *to)
{
	c.path = path;
	lock(path);
	read_it(path, to);
}

void
checkpoint_check(const char *path)
{
	struct claims read;

	claims_init(&read);
	read_it(path, &read);
	claims_release(&read);
}

static void
add_time(struct buf *b, const char *name, int64_t ns)
{
	char text[RTIME_MAX];
	size_t len = rtime_render(text, ns, 0);

	buf_addf(b, ",\"%s\":\"%.*s\"", name, (int)len, text);
}

static void
add_line(struct buf *b)
{
	buf_adds(b, "}\n");
	c.lines++;
}

static void
add_entry(
    const char *path, uint64_t size, int64_t seen_ns, const struct entry *e)
{
	struct buf *b = &c.text;

	buf_adds(b, "{\"path\":");
	jstr_add(b, span_of(path));
	buf_addf(b, ",\"offset\":%" PRIu64 ",\"size\":%" PRIu64, e->o, size);
	add_time(b, "seen", seen_ns);
	buf_adds(b, ",\"entry\":");
	entry_render(b, e);
	add_line(b);
}

static void
add_source(const struct source *s)
{
	struct entry e;

	if (s->copy || s->forget || *s->src == '\0')
		return;
	source_entry(s, &e);
	add_entry(s->where, s->size > s->o ? s->size : s->o, c.now_ns, &e);
}

static void
add_journal(struct tail *t, const struct entry *e)
{
	(void)t;
	add_entry("journal", e->o, c.now_ns, e);
}

static void
add_past(void *arg, const struct entry *e, int64_t seen_ns)
{
	struct buf path;

	(void)arg;
	if (seen_ns < c.now_ns - CHECKPOINT_KEEP_NS)
		return;
	buf_init(&path);
	if (jstr_unescape(&path, e->path) == 0) {
		buf_addc(&path, '\0');
		if (path.failed)
			c.text.failed = true;
		else
			add_entry(path.at, e->o, seen_ns, e);
	}
	buf_release(&path);
}

static int
replace(struct tail *t)
{
	struct buf *b = &c.text;
	struct source *s;
	struct log *log;

	c.now_ns = rtime_now_ns();
	buf_reset(b);
	buf_addf(b, "{\"checkpoint\":%d,\"node_id\":", VERSION);
	jstr_add(b, span_of(t->node_id));
	add_time(b, "written", c.now_ns);
	c.lines = 0;
	add_line(b);
	past_each(add_past, NULL);
	TAILQ_FOREACH(log, &t->logs, all)
	TAILQ_FOREACH(s, &log->chain, chain)
	add_source(s);
	journal_tell(t, false, add_journal);
	buf_addf(b, "{\"end\":%zu", c.lines);
	add_line(b);
	if (b->failed) {
		errno = ENOMEM;
		return -1;
	}
	return newfile_replace(c.path, buf_span(b), 0600);
}

int
checkpoint_write(struct tail *t)
{
	static struct diag_rate often;

	if (c.path == NULL || replace(t) == 0)
		return 0;
	if (t->once)
		die_of_memory();
	warn_every(&often, "%s: unable to write: %s", c.path, strerror(errno));
	return -1;
}

int64_t
checkpoint_turn(struct tail *t)
{
	int64_t now, took;
	bool moved = t->bytes != c.bytes;

	if (c.path == NULL)
		return INT64_MAX;
	now = stop_now_ms();
	if (now < c.next_ms || (!moved && now < c.rest_ms))
		return moved ? c.next_ms : c.rest_ms;
	if (checkpoint_write(t) == 0)
		c.bytes = t->bytes;
	took = stop_now_ms() - now;
	now += took;
	c.next_ms =
	    now + (took * SHARE > CHECKPOINT_MS ? took * SHARE : CHECKPOINT_MS);
	c.rest_ms = now + CHECKPOINT_REST_MS;
	return t->bytes != c.bytes ? c.next_ms : c.rest_ms;
}
