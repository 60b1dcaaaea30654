/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/packed.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "cmd/rx-tail/chain.h"
#include "cmd/rx-tail/fragment.h"
#include "cmd/rx-tail/join.h"
#include "cmd/rx-tail/log.h"
#include "cmd/rx-tail/pieces.h"
#include "cmd/rx-tail/since.h"
#include "cmd/rx-tail/source.h"
#include "cmd/rx-tail/split.h"
#include "lib/diag.h"

#define ENDING ".gz"

struct packed {
	gzFile gz;
	struct window window;
	size_t size;
	bool early; /* lines are left out, for --since */
	struct pieces pieces; /* what of them is open, and so kept back: */
	size_t kept;
	bool told; /* a line told its time */
};

bool
packed_is(const char *path)
{
	size_t n = strlen(path);

	return n > sizeof(ENDING) - 1 &&
	    strcmp(path + n - (sizeof(ENDING) - 1), ENDING) == 0;
}

/* Its name before it was compressed. */
static bool
plain_name(char plain[PATH_MAX], const char *path)
{
	size_t n = strlen(path) - (sizeof(ENDING) - 1);

	if (n >= PATH_MAX)
		return false;
	memcpy(plain, path, n);
	plain[n] = '\0';
	return true;
}

bool
packed_found(struct tail *t, const char *path)
{
	char plain[PATH_MAX];
	struct log *log;

	if (!packed_is(path))
		return false;
	if (!t->starting || t->marks || (!t->once && t->since_ns == 0)) {
		debug("%s: is compressed, not read", path);
		return true;
	}
	if (!plain_name(plain, path) || access(plain, F_OK) == 0)
		return true;
	if ((log = log_of_rotation(t, plain)) == NULL)
		return false;
	log->unpack = true;
	return true;
}

/* Before what the log has already. */
static void
add(struct tail *t, struct log *log, const char *path, const struct look *l)
{
	struct source *s;

	if (source_find(t, &l->id) != NULL)
		return;
	s = source_new(t, log, path, &l->id, SOURCE_ROTATED);
	s->copy = true; /* no mark tells of it, nothing goes on in it */
	if ((s->packed = calloc(1, sizeof(*s->packed))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	s->packed->early = t->since_ns > 0;
	TAILQ_REMOVE(&log->chain, s, chain);
	TAILQ_INSERT_HEAD(&log->chain, s, chain);
}

void
packed_place(struct tail *t, struct log *log)
{
	struct look l;

	if (t->marks || (!t->once && t->since_ns == 0)) {
		warn("%s: is compressed, read with --once or --since only, "
		     "not with --marks",
		    log->path);
		t->unreadable++;
	} else if (look_path(log->path, &l) < 0) {
		chain_unreadable(t, log);
	} else {
		t->readable++;
		add(t, log, log->path, &l);
	}
}

/* Is it of the chain, and worth a look? */
static bool
is_of_chain(const struct tail *t, const struct log *log, const char *name,
    char path[PATH_MAX], struct look *l)
{
	size_t dir = (size_t)(log->base - log->path);
	char plain[PATH_MAX];

	if (!packed_is(name) ||
	    snprintf(path, PATH_MAX, "%.*s%s", (int)dir, log->path, name) >=
		PATH_MAX ||
	    !plain_name(plain, path) || !is_rotation(log->base, plain + dir))
		return false;
	/* What gzip makes has the time of what it was made of. */
	return access(plain, F_OK) < 0 && look_path(path, l) == 0 &&
	    l->regular && l->mtime_ns >= t->since_ns;
}

static int
by_age(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return chain_by_name(*x, *y);
}

void
packed_chain(struct tail *t, struct log *log)
{
	const struct listing *names = &t->listing;
	const char **found;
	char path[PATH_MAX];
	struct look l;
	size_t n = 0;

	if (listing_of(&t->listing, log->dir) < 0)
		return;
	if ((found = calloc(names->n + 1, sizeof(*found))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	for (size_t i = listing_from(names, log->base); i < names->n &&
	     strncmp(names->names[i].name, log->base, strlen(log->base)) == 0;
	     i++)
		if (is_of_chain(t, log, names->names[i].name, path, &l))
			found[n++] = names->names[i].name;
	qsort(found, n, sizeof(*found), by_age);
	while (n-- > 0)
		if (is_of_chain(t, log, found[n], path, &l))
			add(t, log, path, &l);
	free(found);
}

static bool
unpack(struct tail *t, struct source *s)
{
	struct packed *p = s->packed;
	int fd;

	if (source_open(t, s) < 0 ||
	    (fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 0)) < 0)
		return false;
	source_close(t, s);
	p->size = PACKED_WINDOW;
	p->window.buf = malloc(p->size);
	if (p->window.buf == NULL || (p->gz = gzdopen(fd, "r")) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	return true;
}

/* More of it behind what is left; 0 at its end. */
static int
more(struct packed *p)
{
	struct window *w = &p->window;
	int got;

	if (w->start > 0) {
		memmove(w->buf, w->buf + w->start, w->end - w->start);
		w->end -= w->start;
		w->start = 0;
	}
	if (w->end == p->size) {
		char *buf = realloc(w->buf, p->size * 2);

		if (buf == NULL)
			die(EX_TEMPFAIL, "out of memory");
		w->buf = buf;
		p->size *= 2;
	}
	got = gzread(p->gz, w->buf + w->end, (unsigned)(p->size - w->end));
	if (got > 0)
		w->end += (size_t)got;
	w->read_ns = rtime_now_ns();
	return got;
}

/* Nothing before what was looked at is a part of what comes. */
static void
let_go(struct packed *p)
{
	p->window.start += p->kept;
	p->kept = 0;
	p->pieces = (struct pieces){ .open = { false } };
}

/* What was looked at is older, unless a line cut by its runtime began there. */
static void
older(struct packed *p, struct join *join, struct span line)
{
	struct decoded d;

	if (join != NULL && join_decodes(join, line, &d))
		pieces_take(&p->pieces, &d);
	p->kept += line.len + 1;
	if (pieces_whole(&p->pieces) || p->kept > SINCE_PROBE)
		let_go(p);
}

/* Leave out lines until one is not older; none may tell its time. */
static void
pass_over(struct tail *t, struct source *s, bool final)
{
	struct packed *p = s->packed;
	struct window *w = &p->window;
	int64_t ns;
	const char *at, *lf;

	while (at = w->buf + w->start + p->kept,
	    (lf = memchr(at, '\n', (size_t)(w->buf + w->end - at))) != NULL) {
		struct span line = { at, (size_t)(lf - at) };

		if (log_tells(s->log, line, w->read_ns, &ns)) {
			p->told = true;
			p->early = ns < t->since_ns;
			if (!p->early)
				return;
		}
		older(p, s->log->join, line);
	}
	if (final) {
		p->early = false;
		w->start = w->end;
		if (!p->told && gzrewind(p->gz) == 0)
			warn("%s: no line tells its time: all are read",
			    s->where);
	} else if ((size_t)(w->buf + w->end - at) > FRAGMENT_NEED) {
		let_go(p);
		w->start = w->end - 1; /* a line so long, and its end to come */
	}
}

static void
finish(struct tail *t, struct source *s, int got)
{
	int error = Z_OK;
	const char *why = gzerror(s->packed->gz, &error);

	if (got < 0 || error != Z_OK) {
		warn("%s: ends early: %s", s->where,
		    error == Z_ERRNO ? strerror(errno) : why);
		t->unreadable++;
	}
	s->state = SOURCE_DONE;
	packed_free(s->packed);
	s->packed = NULL;
}

enum followed
packed_turn(struct tail *t, struct source *s)
{
	struct packed *p = s->packed;
	struct window *w = &p->window;
	uintmax_t lines = t->lines;
	int got = 1;

	if (!rate_open(&t->rate))
		return FOLLOW_MORE;
	if (p->gz == NULL && !unpack(t, s)) {
		chain_unreadable(t, s->log);
		s->state = SOURCE_DONE;
		return FOLLOW_IDLE;
	}
	for (size_t done = 0; done < FOLLOW_TURN && rate_open(&t->rate);
	     done += (size_t)got) {
		bool early = p->early;

		got = more(p);
		if (early)
			pass_over(t, s, got <= 0);
		if (!p->early)
			split(t, s, w, got <= 0);
		rate_spend(&t->rate, t->lines - lines);
		lines = t->lines;
		if (got <= 0 && (!early || p->told)) {
			finish(t, s, got);
			return FOLLOW_IDLE;
		}
		if (got <= 0)
			return FOLLOW_MORE; /* again, and all of it */
	}
	return FOLLOW_MORE;
}

void
packed_free(struct packed *p)
{
	if (p == NULL)
		return;
	if (p->gz != NULL)
		gzclose_r(p->gz);
	free(p->window.buf);
	free(p);
}

const char *
packed_version(void)
{
	return zlibVersion();
}
