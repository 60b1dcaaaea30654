/* SPDX-License-Identifier: MIT */
/* store_segment -- runs of records: added, found by tag, taken apart. */
#include <string.h>
#include <zlib.h>

#include "lib/store_db.h"

#define SEGMENT_SUM_COLUMN 6
#define SEGMENT_BODY_COLUMN 7 /* of SQL_SEGMENT_NEXT */
#define SEGMENT_DONE_COLUMN 7 /* of SQL_SEGMENT_OF */

static int
next_tag(struct store *st, uint64_t *tag)
{
	sqlite3_stmt *s = store_sql(st, SQL_NEXT_TAG);
	int status;

	if (store_step(st, s, &status) == SQLITE_ROW)
		*tag = column_u64(s, 0);
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

static void
bind_or_null(sqlite3_stmt *s, int at, const char *text)
{
	if (text[0] == '\0')
		sqlite3_bind_null(s, at);
	else
		bind_text(s, at, text);
}

uint64_t
store_body_sum(struct span body)
{
	return crc32_z(0, (const unsigned char *)body.at, body.len);
}

/* RFC 3339 to the second sorts as text; anything else is not looked at. */
void
store_segment_time(
    char first[STORE_TIME + 1], char last[STORE_TIME + 1], struct span time)
{
	if (time.len <= STORE_TIME || time.at[4] != '-' || time.at[10] != 'T')
		return;
	if (first[0] == '\0' || memcmp(time.at, first, STORE_TIME) < 0)
		memcpy(first, time.at, STORE_TIME);
	if (memcmp(time.at, last, STORE_TIME) > 0)
		memcpy(last, time.at, STORE_TIME);
	first[STORE_TIME] = last[STORE_TIME] = '\0';
}

int
store_segment_add(
    struct store *st, struct store_lane *lane, struct store_segment *g)
{
	sqlite3_stmt *s;
	int status, mine;

	/* The lane at hand may be ahead of its row, by earlier segments. */
	if ((status = next_tag(st, &g->seg)) != 0)
		return status;
	if (lane->next_tag > g->seg)
		g->seg = lane->next_tag;
	g->lane = lane->id;
	lane->next_tag = g->seg + g->n;
	lane->bytes += g->body.len;
	lane->count[STORED] += g->n;
	lane->count[STORED_BYTES] += g->body.len;

	if ((s = store_sql(st, SQL_SEGMENT_ADD)) == NULL)
		return store_run(st, s);
	bind_u64(s, 1, g->seg);
	sqlite3_bind_int64(s, 2, g->lane);
	sqlite3_bind_int(s, 3, g->class);
	bind_u64(s, 4, g->n);
	bind_u64(s, 5, g->body.len);
	bind_or_null(s, 6, g->first_time);
	bind_or_null(s, 7, g->last_time);
	sqlite3_bind_int64(s, 8, g->stored_ms);
	bind_or_null(s, 9, g->ids);
	bind_u64(s, 10, store_body_sum(g->body));
	bind_span(s, 11, g->body);
	mine = store_run(st, s);
	sqlite3_clear_bindings(s);
	return mine;
}

/* Its ids are told as they are, its class is an index, its length a size. */
static int
fill(struct store *st, sqlite3_stmt *s, struct store_segment *g)
{
	g->seg = column_u64(s, 0);
	g->lane = sqlite3_column_int64(s, 1);
	g->class = sqlite3_column_int(s, 2);
	g->n = column_u64(s, 3);
	g->stored_ms = sqlite3_column_int64(s, 4);
	column_copy(s, 5, g->ids, sizeof(g->ids));
	g->body = (struct span){ NULL, 0 };
	if (g->class >= 0 && g->class < STORE_CLASSES && g->n > 0 &&
	    g->n < STORE_SEGMENT_MAX &&
	    (g->ids[0] == '\0' || store_lane_valid(g->ids)))
		return 0;
	return store_fail(st, EX_DATAERR,
	    "%s is damaged: segment %ju has no such class or length, or ids "
	    "that are none",
	    st->path, (uintmax_t)g->seg);
}

/* A body that is not what was stored is told, not handed out. */
static int
copy_body(
    struct store *st, sqlite3_stmt *s, int at, int sum_at, struct buf *body)
{
	struct span text = column_span(s, at);

	if (sqlite3_column_type(s, sum_at) != SQLITE_NULL &&
	    column_u64(s, sum_at) != store_body_sum(text))
		return store_fail(st, EX_DATAERR,
		    "%s is damaged: a segment is not what was stored",
		    st->path);
	buf_reset(body);
	buf_add(body, text);
	return body->failed ? store_fail(st, EX_TEMPFAIL, "out of memory") : 0;
}

/* One row, or STORE_NONE; the column behind the others is body or done. */
static int
one(struct store *st, sqlite3_stmt *s, struct store_segment *g,
    struct buf *body, bool *done)
{
	int status, rc = store_step(st, s, &status);

	if (rc == SQLITE_ROW) {
		status = fill(st, s, g);
		if (status == 0 && body != NULL) {
			status = copy_body(st, s, SEGMENT_BODY_COLUMN,
			    SEGMENT_SUM_COLUMN, body);
			g->body = buf_span(body);
		} else if (status == 0 && done != NULL)
			*done = sqlite3_column_int(s, SEGMENT_DONE_COLUMN) != 0;
	} else if (rc == SQLITE_DONE)
		status = STORE_NONE;
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

static sqlite3_stmt *
above(struct store *st, enum sql which, int64_t lane, int class, uint64_t after)
{
	sqlite3_stmt *s = store_sql(st, which);

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, lane);
		sqlite3_bind_int(s, 2, class);
		bind_u64(s, 3, after);
	}
	return s;
}

int
store_segment_next(struct store *st, int64_t lane, int class, uint64_t after,
    struct store_segment *g, struct buf *body)
{
	return one(
	    st, above(st, SQL_SEGMENT_NEXT, lane, class, after), g, body, NULL);
}

int
store_segment_get(struct store *st, uint64_t seg, bool done,
    struct store_segment *g, struct buf *body)
{
	sqlite3_stmt *s = store_sql(st, SQL_LOOK);

	if (s != NULL) {
		bind_u64(s, 1, seg);
		sqlite3_bind_int(s, 2, done);
	}
	return one(st, s, g, body, NULL);
}

int
store_segment_above(struct store *st, int64_t lane, int class, uint64_t after,
    struct store_segment *g)
{
	return one(st, above(st, SQL_SEGMENT_AFTER, lane, class, after), g,
	    NULL, NULL);
}

int
store_segment_below(struct store *st, int64_t lane, int class, uint64_t tag,
    struct store_segment *g)
{
	return one(
	    st, above(st, SQL_SEGMENT_BELOW, lane, class, tag), g, NULL, NULL);
}

int
store_segment_of(struct store *st, uint64_t tag, struct store_segment *g)
{
	sqlite3_stmt *s = store_sql(st, SQL_SEGMENT_OF);
	bool done = false;
	int status;

	if (s != NULL)
		bind_u64(s, 1, tag);
	status = one(st, s, g, NULL, &done);
	return status == 0 && (done || tag - g->seg >= g->n) ? STORE_NONE
							     : status;
}

int
store_segment_body(struct store *st, uint64_t seg, struct buf *body)
{
	sqlite3_stmt *s = store_sql(st, SQL_SEGMENT_BODY);
	int status, rc;

	if (s != NULL)
		bind_u64(s, 1, seg);
	rc = store_step(st, s, &status);
	if (rc == SQLITE_ROW)
		status = copy_body(st, s, 0, 1, body);
	else if (rc == SQLITE_DONE)
		status = STORE_NONE;
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

int
store_segment_settled(
    struct store *st, const struct store_segment *g, uint8_t *bits, uint8_t bit)
{
	sqlite3_stmt *s = store_sql(st, SQL_SETTLED_IN);
	uint64_t a, b;
	int status;

	if (s != NULL) {
		sqlite3_bind_int64(s, 1, g->lane);
		sqlite3_bind_int(s, 2, g->class);
		bind_u64(s, 3, g->seg);
		bind_u64(s, 4, g->seg + g->n);
	}
	while (store_step(st, s, &status) == SQLITE_ROW) {
		a = column_u64(s, 0);
		b = column_u64(s, 1);
		for (; a <= b && a < g->seg + g->n; a++)
			bits[a - g->seg] |= bit;
	}
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

/* -1 unless the body is n lines between brackets: then it was tampered with. */
int
store_segment_index(
    const struct store_segment *g, struct span body, uint32_t *offsets)
{
	const char *at = body.at, *end = body.at + body.len;
	const char *newline;

	if (body.len < 4 || body.len > UINT32_MAX / 2 || *at != '[' ||
	    end[-1] != ']' || g->n == 0)
		return -1;
	at++;
	for (uint64_t i = 0; i < g->n; i++) {
		offsets[i] = (uint32_t)(at - body.at);
		newline = memchr(at, '\n', (size_t)(end - at));
		if ((newline == NULL) != (i == g->n - 1))
			return -1;
		if (newline == NULL)
			break;
		if (newline - at < 3 || newline[-1] != ',')
			return -1;
		at = newline + 1;
	}
	offsets[g->n] = (uint32_t)body.len + 1;
	return end - at < 3 ? -1 : 0;
}

static size_t
render_id(char *dst, const char *ids, uint64_t tag)
{
	static const char hex[] = "0123456789abcdef";
	size_t len = strlen(ids);
	int shift = 60;

	memcpy(dst, ids, len);
	dst[len++] = '.';
	while (shift > 0 && tag >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		dst[len++] = hex[tag >> shift & 0xf];
	return len;
}

struct span
store_record_id(struct span record, const struct store_segment *g, uint64_t tag,
    char room[STORE_ID_MAX])
{
	struct span rest, rx = mark_rx(record, &rest);
	struct coord c;
	struct walk w;
	struct member m;

	if (rx.len > 0 && coord_parse(rx, &c) == 0)
		return (struct span){ room, coord_id(room, &c) };
	if (rx.len > 0) {
		walk_init(&w, rx);
		while (walk_next(&w, &m))
			if (span_is(m.name, "id") &&
			    m.value.type == VALUE_STRING &&
			    m.value.text.len > 0 &&
			    m.value.text.len <= STORE_ID_MAX)
				return m.value.text;
	}
	return (struct span){ room, render_id(room, g->ids, tag) };
}
