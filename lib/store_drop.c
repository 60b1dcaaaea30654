/*
 * store_drop -- records that have no room, or are too old, leave the lane.
 *
 *   policy   what goes first, of the lowest class that has some
 *   oldest   the lowest tag
 *   newest   the highest tag, so what is coming in, unless that is urgent
 *   random   a segment at random, and of it a record at random
 *   age      segments stored before a time, whatever their class
 *   disk     as oldest
 *
 * A segment keeps its bytes until all of it is settled.  So for a bound of
 * records single ones are dropped, for one of bytes, or of age, whole segments
 * of which emit has written nothing.  What comes in is stored first and then
 * dropped with the rest, in the same transaction: so its tags, its letters and
 * its counters are those of any other record.
 *
 * What emit may have written lies below the reach in its file, or is a retry
 * that is out.  The lock of that file is held from the look at the reach until
 * the commit; emit takes it to go further.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "lib/jstr.h"
#include "lib/store_view.h"

#define RANDOM_TRIES 32 /* then the oldest */

struct store_drop {
	struct store *st;
	struct store_lane *lane;
	struct views views;
	int64_t now_ms;
	bool holding; /* reach is known, and stays */
	uint64_t reach[STORE_CLASSES];
	uint64_t first_tag; /* of this transaction */
	uint64_t *tags; /* dropped, from there on */
	size_t n_tags, size;

	/* of the policy at hand, and in all */
	enum store_counter as;
	uint64_t n, bytes, all;
	bool letters;
	struct buf first_id, last_id, id, why;
};

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
	views_forget(&d->views);
	d->lane = lane;
	d->now_ms = now_ms;
	d->holding = false;
	d->first_tag = lane->next_tag;
	d->n_tags = 0;
	d->as = DROPPED;
	d->all = 0;
	return 0;
}

/* No file: nobody has ever emitted the lane. */
static int
hold(struct store_drop *d)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	char suffix[STORE_LANE_MAX + 8];

	if (d->holding)
		return 0;
	d->holding = true;
	memset(d->reach, 0, sizeof(d->reach));
	snprintf(suffix, sizeof(suffix), "emit-%s", d->lane->name);
	d->st->hold_fd = store_side_file(d->st, suffix, O_RDONLY);
	if (d->st->hold_fd < 0)
		return errno == ENOENT
		    ? 0
		    : store_fail(d->st, EX_IOERR, "unable to open %s.%s: %s",
			  d->st->path, suffix, strerror(errno));
	while (fcntl(d->st->hold_fd, F_OFD_SETLKW, &lock) < 0)
		if (errno != EINTR)
			return store_fail(d->st, EX_IOERR,
			    "unable to lock %s.%s: %s", d->st->path, suffix,
			    strerror(errno));
	if (pread(d->st->hold_fd, d->reach, sizeof(d->reach), 0) < 0)
		return store_fail(d->st, EX_IOERR, "unable to read %s.%s: %s",
		    d->st->path, suffix, strerror(errno));
	return 0;
}

/* -- one record ---------------------------------------------------------------- */

/* Neither settled, nor perhaps written by emit. */
static bool
may_go(const struct store_drop *d, const struct view *v, uint64_t tag)
{
	uint8_t state = v->state[tag - v->g.seg];

	return tag > d->reach[v->g.class] && !(state & VIEW_SETTLED) &&
	    (!(state & VIEW_RETRY) || (state & VIEW_WAITING));
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

static int
drop(struct store_drop *d, struct view *v, uint64_t tag)
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
	d->lane->count[STORED]--;
	d->lane->count[REPLAYED]++;
	status = store_dead_note(d->st, d->lane, tag);
	return status != 0 ? status : view_settle(d->st, v, tag);
}

/* -- segments -------------------------------------------------------------------- */

static bool
is_untouched(const struct store_drop *d, const struct view *v)
{
	for (uint64_t i = 0; i < v->g.n; i++)
		if (!(v->state[i] & VIEW_SETTLED) &&
		    !may_go(d, v, v->g.seg + i))
			return false;
	return v->n_settled < v->g.n;
}

static int
drop_segment(struct store_drop *d, struct view *v)
{
	uint64_t end = v->g.seg + v->g.n;
	int status = 0;

	for (uint64_t t = v->g.seg; status == 0 && t < end; t++)
		if (may_go(d, v, t))
			status = drop(d, v, t);
	/* So that the lane's bytes are what is left. */
	return status != 0 ? status : views_flush(d->st, &d->views);
}

/* One record of the segment, from `tag' on in this direction; or none. */
static int
drop_one(
    struct store_drop *d, struct view *v, uint64_t tag, bool down, bool *done)
{
	uint64_t left = down ? tag - v->g.seg + 1 : v->g.seg + v->g.n - tag;

	for (; left > 0; left--, tag = down ? tag - 1 : tag + 1)
		if (may_go(d, v, tag)) {
			*done = true;
			return drop(d, v, tag);
		}
	return 0;
}

static int
find(struct store_drop *d, const struct store_segment *g, struct view **v)
{
	return views_find(d->st, &d->views, g->seg, v);
}

/* What of a segment is to go: one record from `tag' on, or all of it. */
static int
take(struct store_drop *d, const struct store_segment *g, uint64_t tag,
    bool down, bool whole, bool *done)
{
	struct view *v;
	int status = find(d, g, &v);

	if (status != 0)
		return status;
	if (!whole)
		return drop_one(d, v, tag, down, done);
	if (!is_untouched(d, v))
		return 0;
	*done = true;
	return drop_segment(d, v);
}

static uint64_t
last_tag(const struct store_segment *g)
{
	return g->seg + g->n - 1;
}

/* The oldest of a class that may go. */
static int
oldest(struct store_drop *d, int class, bool whole, bool *done)
{
	int64_t lane = d->lane->id;
	struct store_segment g;
	int status;

	/* The segment that the reach lies in, or the first behind it. */
	status = store_segment_below(d->st, lane, class, d->reach[class], &g);
	if (status == STORE_NONE)
		status = store_segment_above(d->st, lane, class, 0, &g);
	while (status == 0) {
		status = take(d, &g, g.seg, false, whole, done);
		if (status != 0 || *done)
			return status;
		status = store_segment_above(d->st, lane, class, g.seg, &g);
	}
	return status == STORE_NONE ? 0 : status;
}

static int
newest(struct store_drop *d, int class, bool whole, bool *done)
{
	uint64_t tag = INT64_MAX;
	struct store_segment g;
	int status;

	while ((status = store_segment_below(
		    d->st, d->lane->id, class, tag, &g)) == 0 &&
	    last_tag(&g) > d->reach[class]) {
		status = take(d, &g, last_tag(&g), true, whole, done);
		if (status != 0 || *done)
			return status;
		tag = g.seg - 1;
	}
	return status == STORE_NONE ? 0 : status;
}

static uint64_t
random_below(uint64_t n)
{
	uint64_t r = 0;

	if (getrandom(&r, sizeof(r), 0) != sizeof(r))
		return 0;
	return r % n;
}

static int
at_random(struct store_drop *d, int class, bool whole, bool *done)
{
	int64_t lane = d->lane->id;
	struct store_segment low, high, g;
	uint64_t from, tag;
	int status;

	if ((status = store_segment_above(d->st, lane, class, 0, &low)) != 0 ||
	    (status = store_segment_below(
		 d->st, lane, class, INT64_MAX, &high)) != 0)
		return status == STORE_NONE ? 0 : status;
	from = low.seg > d->reach[class] ? low.seg : d->reach[class] + 1;
	for (int i = 0; i < RANDOM_TRIES && from <= last_tag(&high); i++) {
		tag = from + random_below(last_tag(&high) - from + 1);
		status = store_segment_below(d->st, lane, class, tag, &g);
		if (status != 0)
			return status;
		if (tag > last_tag(&g))
			continue; /* another lane's, or gone */
		status = take(d, &g, tag, false, whole, done);
		if (status != 0 || *done)
			return status;
	}
	return oldest(d, class, whole, done);
}

/* -- policies ---------------------------------------------------------------- */

static const struct {
	enum store_counter as;
	int (*next)(struct store_drop *, int class, bool whole, bool *done);
} policies[] = {
	[FULL_BLOCK] = { DROPPED, NULL },
	[FULL_OLDEST] = { DROPPED_OLDEST, oldest },
	[FULL_NEWEST] = { DROPPED_NEWEST, newest },
	[FULL_RANDOM] = { DROPPED_RANDOM, at_random },
};

static int
start(struct store_drop *d, enum store_counter as, bool letters)
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
static int
finish(struct store_drop *d)
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
	return store_run(d->st, s);
}

/* One more of the lowest class that has one. */
static int
next(struct store_drop *d, enum store_policy policy, bool whole, bool *done)
{
	int status = 0;

	*done = false;
	for (int c = STORE_CLASSES - 1; status == 0 && !*done && c >= 0; c--)
		status = policies[policy].next(d, c, whole, done);
	return status;
}

int
store_drop_bounds(struct store_drop *d, enum store_policy policy,
    uint64_t max_records, uint64_t max_bytes)
{
	bool done = true;
	int status = start(d, policies[policy].as, true);

	while (
	    status == 0 && done && max_bytes > 0 && d->lane->bytes > max_bytes)
		status = next(d, policy, true, &done);
	done = true;
	while (status == 0 && done && max_records > 0 &&
	    store_lane_pending(d->lane) > max_records)
		status = next(d, policy, false, &done);
	return status != 0 ? status : finish(d);
}

int
store_drop_room(struct store_drop *d, uint64_t bytes)
{
	uint64_t had = d->lane->bytes, kept = d->lane->kept_bytes;
	bool done = true;
	int status = start(d, DROPPED_DISK, false);

	/* What was delivered goes before what was not. */
	if (status == 0 && kept > 0)
		status = store_history_bound(
		    d->st, d->lane, kept > bytes ? kept - bytes : 0);
	had += kept - d->lane->kept_bytes;
	while (status == 0 && done && had - d->lane->bytes < bytes)
		status = next(d, FULL_OLDEST, true, &done);
	return status != 0 ? status : finish(d);
}

int
store_drop_unstored(struct store_drop *d, uint64_t n, uint64_t bytes)
{
	int status = start(d, DROPPED_DISK, false);

	if (status != 0)
		return status;
	buf_reset(&d->last_id);
	no_letter(d, n);
	d->lane->count[STORED] += n;
	d->lane->count[DROPPED_DISK] += n;
	d->n = n;
	d->bytes = bytes;
	return finish(d);
}

int
store_drop_age(struct store_drop *d, int64_t before_ms)
{
	int status = start(d, DROPPED_AGE, true);

	for (int c = 0; status == 0 && c < STORE_CLASSES; c++) {
		struct store_segment g = { .seg = 0 };
		struct view *v;

		while ((status = store_segment_above(
			    d->st, d->lane->id, c, g.seg, &g)) == 0 &&
		    g.stored_ms < before_ms)
			if ((status = find(d, &g, &v)) != 0 ||
			    (status = drop_segment(d, v)) != 0)
				return status;
		if (status == STORE_NONE)
			status = 0;
	}
	return status != 0 ? status : finish(d);
}

int
store_drop_end(struct store_drop *d, uint64_t *n)
{
	*n = d->all;
	if (d->n_tags > 0)
		qsort(d->tags, d->n_tags, sizeof(*d->tags), by_number);
	return views_flush(d->st, &d->views);
}
