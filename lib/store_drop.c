/* SPDX-License-Identifier: MIT */
/*
 * store_drop -- records leave the lane without having been delivered: each a
 *               letter, as far as there is room for them, counted by reason,
 *               all of one reason a gap.
 *
 * A segment keeps its bytes until all of it is settled.  So for a bound of
 * records single ones are dropped, for one of bytes, or of age, whole segments
 * of which emit has written nothing.  What comes in is stored first and then
 * dropped with the rest, in the same transaction: so its tags, its letters and
 * its counters are those of any other record.
 *
 * What an emit may have written, now or before it was started again, lies below
 * the reach in its file, or is a retry that is out.  That file is held from the
 * look at the reach until the commit; emit takes it to go further.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/jstr.h"
#include "lib/store_drop.h"
#include "lib/store_reach.h"

static int
no_memory(struct store_drop *d)
{
	return store_fail(d->st, EX_TEMPFAIL, "out of memory");
}

static int
on_full(void *arg, int64_t lane, bool *keeps)
{
	const struct store_drop *d = arg;

	(void)lane; /* there is one */
	/* Kept it would free nothing of a full disk. */
	*keeps = d->lane->keep_ms > 0 && d->as != DROPPED_DISK;
	return 0;
}

static int
on_freed(void *arg, int64_t lane, uint64_t bytes, bool kept)
{
	struct store_drop *d = arg;
	struct store_lane *l = d->lane;

	(void)lane;
	l->bytes -= bytes < l->bytes ? bytes : l->bytes;
	l->kept_bytes += kept ? bytes : 0;
	return 0;
}

struct store_drop *
store_drop_new(struct store *st)
{
	struct store_drop *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->st = st;
	views_init(&d->views, on_full, on_freed, d);
	buf_init(&d->first_id);
	buf_init(&d->last_id);
	buf_init(&d->id);
	buf_init(&d->why);
	return d;
}

void
store_drop_free(struct store_drop *d)
{
	if (d == NULL)
		return;
	views_release(&d->views);
	free(d->tags);
	buf_release(&d->first_id);
	buf_release(&d->last_id);
	buf_release(&d->id);
	buf_release(&d->why);
	free(d);
}

int
store_drop_begin(struct store_drop *d, struct store_lane *lane, int64_t now_ms)
{
	views_forget_from(&d->views, d->first_tag);
	d->lane = lane;
	d->now_ms = now_ms;
	d->holding = false;
	d->first_tag = lane->next_tag;
	d->n_tags = 0;
	d->repeats = 0;
	d->as = DROPPED;
	d->all = 0;
	for (int c = 0; c < STORE_CLASSES; c++) {
		d->oldest[c] = 0;
		d->newest[c] = INT64_MAX;
	}
	return 0;
}

/* No file: nobody has ever emitted the lane. */
static int
hold(struct store_drop *d)
{
	struct store_reach r;
	int fd, status;

	if (d->holding)
		return 0;
	if (d->st->n_holds == STORE_HOLDS)
		return store_fail(d->st, EX_SOFTWARE,
		    "too many lanes are dropped from at once");
	memset(d->reach, 0, sizeof(d->reach));
	fd = store_reach_open(d->st, d->lane->name, O_RDONLY);
	if (fd < 0 && errno != ENOENT)
		return store_fail(d->st, EX_IOERR,
		    "unable to open %s.emit-%s: %s", d->st->path, d->lane->name,
		    strerror(errno));
	if (fd >= 0) {
		d->st->hold_fd[d->st->n_holds++] = fd;
		status = store_reach_try(d->st, fd);
		if (status != 0)
			return status;
		store_reach_read(d->st, fd, &r);
		memcpy(d->reach, r.ever, sizeof(d->reach));
	}
	d->holding = true;
	return 0;
}

/* -- one record ---------------------------------------------------------------- */

/* Neither settled, nor perhaps written by emit. */
bool
store_drop_may(const struct store_drop *d, const struct view *v, uint64_t tag)
{
	uint8_t state = v->state[tag - v->g.seg];

	if (state & VIEW_RETRY)
		return (state & VIEW_WAITING) && !(state & VIEW_SENT);
	return tag > d->reach[v->g.class] && !(state & VIEW_SETTLED);
}

static int
note(struct store_drop *d, uint64_t tag)
{
	size_t size = d->size == 0 ? 64 : 2 * d->size;
	uint64_t *tags;

	if (tag < d->first_tag)
		return 0;
	if (d->n_tags == d->size) {
		if ((tags = realloc(d->tags, size * sizeof(*tags))) == NULL)
			return no_memory(d);
		d->tags = tags;
		d->size = size;
	}
	d->tags[d->n_tags++] = tag;
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

bool
store_drop_has(const struct store_drop *d, uint64_t tag)
{
	return d->n_tags > 0 &&
	    bsearch(&tag, d->tags, d->n_tags, sizeof(tag), by_number) != NULL;
}

/* JSON string text as the tables hold it. */
static struct span
plain(struct buf *b, struct span text)
{
	buf_reset(b);
	return jstr_unescape(b, text) < 0 ? text : buf_span(b);
}

static int
bury(struct store_drop *d, struct view *v, uint64_t tag, struct span record,
    struct span id)
{
	struct store_letter letter = {
		.tag = tag,
		.attempts =
		    v->attempts != NULL ? v->attempts[tag - v->g.seg] : 0,
		.lane = v->g.lane,
		.class = v->g.class,
		.stored_ms = v->g.stored_ms,
		.died_ms = d->now_ms,
		.id = id,
		.why = buf_span(&d->why),
		.record = record,
	};

	return store_dead_add(d->st, d->lane, &letter, DROPPED);
}

/* Dropped, and no letter of it. */
static void
no_letter(struct store_drop *d, uint64_t n)
{
	d->lane->count[DROPPED] += n;
	d->lane->count[DEAD_DROPPED] += n;
}

int
store_drop_record(struct store_drop *d, struct view *v, uint64_t tag)
{
	char room[STORE_ID_MAX];
	struct span record, given, id;
	int status;

	if ((status = view_record(d->st, v, tag, &record)) != 0)
		return status;
	given = store_record_id(record, &v->g, tag, room);
	id = plain(&d->id, given);
	if (d->n == 0)
		buf_add(&d->first_id, id);
	buf_reset(&d->last_id);
	buf_add(&d->last_id, id);
	if (d->letters)
		status = bury(d, v, tag, record, id);
	else {
		no_letter(d, 1);
		status = store_dead_note(d->st, d->lane, tag);
	}
	if (status != 0 || (status = note(d, tag)) != 0)
		return status;
	d->lane->count[d->as]++;
	d->n++;
	d->bytes += record.len;
	/* Who is told that it was dropped may send it again. */
	if (tag >= d->first_tag && given.at != room &&
	    (status = store_seen_forget(d->st, v->g.lane, given)) != 0)
		return status;
	return view_settle(d->st, v, tag);
}

int
store_drop_repeat(struct store_drop *d, uint64_t tag)
{
	struct view *v;
	int status;

	if ((status = views_find(d->st, &d->views, tag, &v)) != 0)
		return status;
	d->repeats++;
	d->lane->count[STORED]--;
	d->lane->count[REPLAYED]++;
	status = store_dead_note(d->st, d->lane, tag);
	return status != 0 ? status : view_settle(d->st, v, tag);
}

bool
store_drop_parts(const struct store_drop *d)
{
	return d->repeats > 0 && d->n_tags > 0;
}

uint64_t
store_drop_repeats(const struct store_drop *d)
{
	return d->repeats;
}

int
store_drop_too(struct store_drop *d, uint64_t tag)
{
	return note(d, tag);
}

int
store_drop_segment(struct store_drop *d, struct view *v)
{
	uint64_t end = v->g.seg + v->g.n;
	int status = 0;

	for (uint64_t t = v->g.seg; status == 0 && t < end; t++)
		if (store_drop_may(d, v, t))
			status = store_drop_record(d, v, t);
	/* So that the lane's bytes are what is left. */
	return status != 0 ? status : views_flush(d->st, &d->views);
}

int
store_drop_start(struct store_drop *d, enum store_counter as, bool letters)
{
	buf_reset(&d->first_id);
	buf_reset(&d->why);
	buf_addf(&d->why, "%s", store_counter_names[as]);
	d->as = as;
	d->letters = letters;
	d->n = d->bytes = 0;
	return hold(d);
}

static void
bind_gap(struct store_drop *d, sqlite3_stmt *s)
{
	const char *policy = strchr(store_counter_names[d->as], '_') + 1;

	if (s == NULL)
		return;
	sqlite3_bind_int64(s, 1, d->lane->id);
	bind_u64(s, 2, d->n);
	bind_u64(s, 3, d->bytes);
	bind_span(s, 4, buf_span(&d->last_id));
	bind_text(s, 5, policy);
	sqlite3_bind_int64(s, 6, d->now_ms);
}

/* What one policy dropped: part of the gap of the minute, or a gap. */
int
store_drop_finish(struct store_drop *d)
{
	sqlite3_stmt *s;
	int status;

	if (d->n == 0)
		return 0;
	if (d->first_id.failed || d->last_id.failed || d->why.failed)
		return no_memory(d);
	d->all += d->n;
	bind_gap(d, s = store_sql(d->st, SQL_GAP_GROW));
	if ((status = store_run(d->st, s)) != 0 ||
	    sqlite3_changes(d->st->db) > 0)
		return status;
	bind_gap(d, s = store_sql(d->st, SQL_GAP_DROPPED));
	if (s != NULL)
		bind_span(s, 7, buf_span(&d->first_id));
	status = store_run(d->st, s);
	return status != 0 ? status : store_gap_trim(d->st, d->lane->id);
}

int
store_drop_unstored(struct store_drop *d, uint64_t n, uint64_t bytes)
{
	int status = store_drop_start(d, DROPPED_DISK, false);

	if (status != 0)
		return status;
	buf_reset(&d->last_id);
	no_letter(d, n);
	d->lane->count[STORED] += n;
	d->lane->count[DROPPED_DISK] += n;
	d->n = n;
	d->bytes = bytes;
	return store_drop_finish(d);
}

int
store_drop_age(struct store_drop *d, int64_t before_ms)
{
	int status = store_drop_start(d, DROPPED_AGE, true);

	for (int c = 0; status == 0 && c < STORE_CLASSES; c++) {
		struct store_segment g = { .seg = 0 };
		struct view *v;

		while ((status = store_segment_above(
			    d->st, d->lane->id, c, g.seg, &g)) == 0 &&
		    g.stored_ms < before_ms)
			if ((status = views_find(
				 d->st, &d->views, g.seg, &v)) != 0 ||
			    (status = store_drop_segment(d, v)) != 0)
				return status;
		if (status == STORE_NONE)
			status = 0;
	}
	return status != 0 ? status : store_drop_finish(d);
}

int
store_drop_end(struct store_drop *d, uint64_t *n)
{
	*n = d->all;
	if (d->n_tags > 0)
		qsort(d->tags, d->n_tags, sizeof(*d->tags), by_number);
	return views_flush(d->st, &d->views);
}
