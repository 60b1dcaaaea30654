/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/claims.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/diag.h"
#include "lib/record.h"
#include "lib/stop.h"

#define TEXT_MAX (64 * 1024 * 1024)

void
claims_init(struct claims *c)
{
	*c = (struct claims){ .n = 0 };
}

static void
read_text(struct buf *text, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = -1;
	char *room;

	while (fd >= 0 && text->len < TEXT_MAX &&
	    (room = buf_room(text, 64 * 1024)) != NULL &&
	    (got = read(fd, room, 64 * 1024)) != 0) {
		if (got > 0)
			buf_took(text, (size_t)got);
		else if (errno != EINTR)
			break;
		else if (stop_asked())
			exit(EX_OK);
	}
	if (text->failed)
		die(EX_TEMPFAIL, "out of memory");
	if (fd < 0 || got < 0)
		die_sys(EX_IOERR, "unable to read the claim %s", path);
	close(fd);
	if (text->len == 0)
		die(EX_TEMPFAIL, "the claim %s is empty", path);
}

static struct vote *
new_vote(struct claims *c)
{
	struct vote *votes;
	size_t size = c->size == 0 ? 64 : c->size * 2;

	if (c->n_votes == c->size) {
		if ((votes = realloc(c->votes, size * sizeof(*votes))) == NULL)
			die(EX_TEMPFAIL, "out of memory");
		c->votes = votes;
		c->size = size;
	}
	return &c->votes[c->n_votes++];
}

void
claims_add(struct claims *c, const char *path)
{
	struct buf *text = &c->texts[c->n];
	struct control control;
	struct span line;
	struct member item;
	struct record rec;
	struct walk walk;
	const char *lf;

	if (c->n == CLAIMS_MAX)
		die(EX_USAGE, "more than %d claims", CLAIMS_MAX);
	read_text(text, path);
	line = buf_span(text);
	if ((lf = memchr(line.at, '\n', line.len)) != NULL)
		line.len = (size_t)(lf - line.at);
	record_init(&rec);
	if (record_parse(&rec, line) < 0)
		die(EX_DATAERR, "%s: is not a claim: %s", path, rec.why);
	if (control_parse(&control, line) < 0 || control.kind != CONTROL_CLAIM)
		die(EX_DATAERR, "%s: is not a claim of rx-spool", path);
	record_release(&rec);
	c->claims[c->n] = control.claim;
	c->new[c->n] = control.new_lane;
	walk_init(&walk, control.pos);
	while (walk_next(&walk, &item)) {
		struct vote *v = new_vote(c);

		v->claim = c->n;
		if (entry_parse(item.value.text, &v->entry) < 0)
			die(EX_DATAERR, "%s: has a position that is none",
			    path);
	}
	c->n++;
}

static int
by_src(const void *a, const void *b)
{
	const struct vote *x = a, *y = b;
	int r = strcmp(x->entry.src, y->entry.src);

	if (r != 0)
		return r;
	return x->claim < y->claim ? -1 : x->claim > y->claim;
}

/* The smaller position of the same source. */
static void
merge(struct entry *into, const struct entry *other)
{
	bool over = into->x && other->x;

	if (other->o < into->o)
		*into = *other;
	into->x = over;
}

/* Somebody does not know it: from its first line, if it is still there.  If
 * not, x stays: nobody who knew it misses anything. */
static void
rewind_entry(struct entry *e)
{
	static const struct span nothing = { "", 0 };

	e->o = e->fr = e->anchor_len = 0;
	e->older = nothing;
	digest_hex(&nothing, 1, e->anchor);
}

void
claims_merge(struct claims *c, bool from_start)
{
	size_t takers = 0, n = 0;

	c->new_lane = true;
	for (size_t i = 0; i < c->n; i++) {
		takers += from_start || !c->new[i];
		c->new_lane &= c->new[i];
	}
	if (c->n_votes == 0)
		return;
	qsort(c->votes, c->n_votes, sizeof(*c->votes), by_src);
	if ((c->pos = calloc(c->n_votes, sizeof(*c->pos))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	for (size_t i = 0, next; i < c->n_votes; i = next) {
		struct entry *e = &c->pos[n++];
		size_t voters = 1;

		*e = c->votes[i].entry;
		for (next = i + 1; next < c->n_votes &&
		     strcmp(c->votes[next].entry.src, e->src) == 0;
		     next++) {
			voters +=
			    c->votes[next].claim != c->votes[next - 1].claim;
			merge(e, &c->votes[next].entry);
		}
		if (voters < takers)
			rewind_entry(e);
	}
	c->n_pos = n;
}

void
claims_release(struct claims *c)
{
	for (size_t i = 0; i < c->n; i++)
		buf_release(&c->texts[i]);
	free(c->votes);
	free(c->pos);
	free(c->seen_ns);
}
