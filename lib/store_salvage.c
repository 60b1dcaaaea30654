/* SPDX-License-Identifier: MIT */
#include "lib/store_salvage.h"

#include <errno.h>
#include <string.h>

#include "lib/record.h"
#include "lib/store_db.h"
#include "lib/store_shape.h"

#define SUM 10 /* the place of a sum, in a segment and in a letter */

struct salvage {
	struct store *st;
	struct store_salvage *told;
	sqlite3_stmt *insert[SHAPES];
	struct record record;
	struct buf body;
	int status;
};

static void
bind(sqlite3_stmt *s, int at, const struct dbvalue *v)
{
	if (v->type == DB_TEXT)
		bind_span(s, at, v->text);
	else if (v->type == DB_INT)
		sqlite3_bind_int64(s, at, v->n);
	else
		sqlite3_bind_null(s, at);
}

/* A row that breaks a rule of its table is none of ours. */
static int
insert(struct salvage *g, enum shape shape, const struct dbrow *row)
{
	sqlite3_stmt *s = g->insert[shape];
	int n = sqlite3_bind_parameter_count(s), rc;

	for (int i = 0; i < n && (size_t)i < row->n; i++)
		bind(s, i + 1, &row->v[i]);
	if (shape == GAP && (size_t)n > row->n)
		sqlite3_bind_int(s, n, 1); /* times, which layout 2 had not */
	if (!row->keyed && shape != SPOOL)
		sqlite3_bind_int64(s, 1, row->rowid);
	rc = sqlite3_step(s);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	g->told->rows += rc == SQLITE_DONE;
	if (rc == SQLITE_DONE || (rc & 0xff) == SQLITE_CONSTRAINT)
		return 0;
	return store_sql_fail(g->st, rc, "write");
}

/* -- segments that are not what was stored ----------------------------------- */

/* Records from..to of a body as a segment of their own. */
static int
add_run(struct salvage *g, const struct dbrow *row, uint64_t first, uint64_t n)
{
	struct dbrow run = *row;

	if (n == 0)
		return 0;
	buf_addc(&g->body, ']');
	if (g->body.failed)
		return store_fail(g->st, EX_TEMPFAIL, "out of memory");
	g->told->doubtful += n;
	run.rowid = row->rowid + (int64_t)first;
	run.v[4].n = (int64_t)n;
	run.v[5].n = (int64_t)g->body.len;
	run.v[SUM] = (struct dbvalue){ .type = DB_INT,
		.n = (int64_t)store_body_sum(buf_span(&g->body)) };
	run.v[11].text = buf_span(&g->body);
	return insert(g, SEGMENT, &run);
}

/* The line at *at, without what ends it, then the next; false: it is torn. */
static bool
next_line(struct span text, size_t *at, struct span *line)
{
	const char *end = memchr(text.at + *at, '\n', text.len - *at);
	size_t len =
	    end == NULL ? text.len - *at : (size_t)(end - text.at) - *at;

	*line = (struct span){ text.at + *at, len };
	*at += len + (end != NULL);
	if (line->len < 2 ||
	    line->at[line->len - 1] != (end != NULL ? ',' : ']'))
		return false;
	line->len--;
	return true;
}

/*
 * Records keep their tags by counting lines from the start, so what follows a
 * line that is torn can be told only when the number of lines is right.
 */
static int
mend(struct salvage *g, const struct dbrow *row)
{
	struct span text = row->v[11].text, line;
	uint64_t n = (uint64_t)row->v[4].n, lines = 1, i, run = 0;
	bool exact, good = true;
	size_t at = 1;
	int status = 0;

	g->told->segments++;
	for (size_t k = 0; k < text.len; k++)
		lines += text.at[k] == '\n';
	exact = !row->cut && lines == n;
	buf_reset(&g->body);
	for (i = 0; i < n && at < text.len && status == 0; i++) {
		good = next_line(text, &at, &line) &&
		    record_parse(&g->record, line) == 0;
		if (!good && !exact)
			break;
		if (good) {
			buf_adds(&g->body, run == 0 ? "[" : ",\n");
			buf_add(&g->body, line);
			run++;
			continue;
		}
		status = add_run(g, row, i - run, run);
		buf_reset(&g->body);
		run = 0;
	}
	return status != 0 ? status : add_run(g, row, i - run, run);
}

static int
segment(struct salvage *g, const struct dbrow *row)
{
	const struct dbvalue *sum = &row->v[SUM];
	struct span body = row->v[11].text;
	uint64_t lines = 1;

	if (!row->cut && sum->type == DB_INT &&
	    (uint64_t)sum->n == store_body_sum(body)) {
		for (size_t i = 0; i < body.len; i++)
			lines += body.at[i] == '\n';
		if (lines == (uint64_t)row->v[4].n)
			return insert(g, SEGMENT, row);
	}
	return mend(g, row);
}

/* One that is no record any more is lost; the counters tell. */
static int
letter(struct salvage *g, enum shape shape, const struct dbrow *row)
{
	struct span record = row->v[row->n - 1].text;
	struct dbrow mended;

	if (record_parse(&g->record, record) < 0)
		return 0;
	if (shape == LETTER_2 || row->v[SUM].type != DB_INT ||
	    (uint64_t)row->v[SUM].n == store_body_sum(record))
		return insert(g, shape, row);
	g->told->doubtful_letters++;
	mended = *row;
	mended.v[SUM].n = (int64_t)store_body_sum(record);
	return insert(g, shape, &mended);
}

static int
on_row(void *arg, const struct dbrow *row)
{
	struct salvage *g = arg;
	enum shape shape = store_shape_of(row);

	if (shape == SEGMENT)
		g->status = segment(g, row);
	else if (shape == LETTER || shape == LETTER_2)
		g->status = letter(g, shape, row);
	else if (shape < SHAPES)
		g->status = insert(g, shape, row);
	return g->status;
}

/* -- all of it --------------------------------------------------------------- */

/* What was copied made to agree with itself. */
static const char mending[] =
    /* Segments do not overlap. */
    "DELETE FROM segment WHERE seg IN (SELECT seg FROM (SELECT seg,"
    " max(seg + n) OVER (ORDER BY seg ROWS BETWEEN UNBOUNDED PRECEDING AND"
    " 1 PRECEDING) AS past FROM segment) WHERE past > seg);"
    /* Settled ranges are inside segments, which are not all settled. */
    "CREATE TEMP TABLE part AS SELECT t.lane, t.class, max(t.a, s.seg) AS a,"
    " min(t.b, s.seg + s.n - 1) AS b, s.seg AS seg, s.n AS n FROM settled t"
    " JOIN segment s ON s.seg BETWEEN t.a - 100000 AND t.b AND"
    " s.seg + s.n > t.a AND s.lane = t.lane AND s.class = t.class AND"
    " s.done = 0;"
    "DELETE FROM part WHERE rowid IN (SELECT r FROM (SELECT rowid AS r, a,"
    " max(b) OVER (PARTITION BY lane, class ORDER BY a ROWS BETWEEN"
    " UNBOUNDED PRECEDING AND 1 PRECEDING) AS past FROM part)"
    " WHERE past >= a);"
    "DELETE FROM segment WHERE seg IN (SELECT seg FROM part GROUP BY seg"
    " HAVING sum(b - a + 1) >= max(n));"
    "DELETE FROM settled;"
    "INSERT OR IGNORE INTO settled SELECT lane, class, a, b FROM part WHERE"
    " seg IN (SELECT seg FROM segment);"
    "DROP TABLE part;"
    /* Retries are of records that wait. */
    "DELETE FROM retry WHERE NOT EXISTS (SELECT 1 FROM segment s WHERE"
    " s.seg BETWEEN retry.tag - 100000 AND retry.tag AND"
    " s.seg + s.n > retry.tag AND s.lane = retry.lane AND s.done = 0) OR"
    " EXISTS (SELECT 1 FROM settled t WHERE t.lane = retry.lane AND"
    " t.class = retry.class AND retry.tag BETWEEN t.a AND t.b);"
    "UPDATE retry SET out = 0;"
    /* All rows are of a lane. */
    "INSERT INTO lane (lane, name, kind, next_tag) SELECT lane,"
    " 'salvaged-' || lane, CASE WHEN lane IN (SELECT lane FROM source) THEN"
    " 'marked' END, 0 FROM (SELECT lane FROM segment UNION"
    " SELECT lane FROM dead UNION SELECT lane FROM source)"
    " WHERE lane NOT IN (SELECT lane FROM lane);";

/* Then the lanes' sums; ?1 is a time. */
static const char *const summing[] = {
	"UPDATE lane SET next_tag = (SELECT max((SELECT"
	" coalesce(max(seg + n), 1) FROM segment), (SELECT max(next_tag) FROM"
	" lane), (SELECT coalesce(max(tag), 0) + 1 FROM dead)) +"
	" CASE WHEN EXISTS (SELECT 1 FROM lane WHERE next_tag = 0) THEN"
	" 4294967296 ELSE 0 END)",
	"UPDATE lane SET bytes = (SELECT coalesce(sum(bytes), 0) FROM segment"
	" WHERE segment.lane = lane.lane AND done = 0), kept_bytes = (SELECT"
	" coalesce(sum(bytes), 0) FROM segment WHERE segment.lane = lane.lane"
	" AND done = 1), dead_bytes = (SELECT coalesce(sum(bytes), 0) FROM"
	" dead WHERE dead.lane = lane.lane)",
	"CREATE TEMP TABLE there AS SELECT lane, stored - acked - dead -"
	" dropped - purged - lost AS said, (SELECT coalesce(sum(n), 0) FROM"
	" segment s WHERE s.lane = l.lane AND done = 0) - (SELECT"
	" coalesce(sum(b - a + 1), 0) FROM settled t WHERE t.lane = l.lane) AS"
	" n, dead + dropped - dead_dropped - dead_purged - restored AS"
	" said_dead, (SELECT count(*) FROM dead d WHERE d.lane = l.lane) AS"
	" n_dead, stored AS had FROM lane l",
	"UPDATE lane SET lost = lost + t.said - t.n FROM there t WHERE"
	" t.lane = lane.lane AND t.said > t.n",
	"UPDATE lane SET stored = stored + t.n - t.said FROM there t WHERE"
	" t.lane = lane.lane AND t.said < t.n",
	"UPDATE lane SET dead_dropped = dead_dropped + t.said_dead - t.n_dead"
	" FROM there t WHERE t.lane = lane.lane AND t.said_dead > t.n_dead",
	"UPDATE lane SET dead = dead + t.n_dead - t.said_dead, stored = stored"
	" + t.n_dead - t.said_dead FROM there t WHERE t.lane = lane.lane AND"
	" t.said_dead < t.n_dead",
	"INSERT INTO gap (lane, why, n, at_ms) SELECT lane, 'damaged',"
	" said - n, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
	" FROM there WHERE said > n",
};

static int
ask(struct store *st, const char *query, uint64_t *n)
{
	int64_t answer;
	int status = store_schema_ask(st, query, &answer);

	*n = status == 0 && answer > 0 ? (uint64_t)answer : 0;
	return status;
}

static int
sum_up(struct salvage *g)
{
	struct store *st = g->st;
	struct store_salvage *t = g->told;
	int status = store_exec(st, mending);

	if (status == 0)
		status = ask(st, "SELECT count(*) FROM lane WHERE next_tag = 0",
		    &t->nameless);
	for (size_t i = 0;
	     status == 0 && i < sizeof(summing) / sizeof(*summing); i++)
		status = store_exec(st, summing[i]);
	if (status != 0 ||
	    (status = ask(st, "SELECT sum(n) FROM there", &t->records)) != 0 ||
	    (status = ask(st, "SELECT sum(n_dead) FROM there", &t->letters)) !=
		0 ||
	    (status = ask(st, "SELECT sum(said - n) FROM there WHERE said > n",
		 &t->lost)) != 0 ||
	    (status = ask(st,
		 "SELECT sum(n - said) FROM there WHERE n > said AND "
		 "had > 0",
		 &t->again)) != 0 ||
	    (status = ask(st,
		 "SELECT sum(said_dead - n_dead) FROM there WHERE "
		 "said_dead > n_dead",
		 &t->lost_letters)) != 0 ||
	    (status = ask(st, "SELECT count(*) FROM source", &t->sources)) != 0)
		return status;
	return store_exec(st, "DROP TABLE there");
}

static int
copy(struct salvage *g, struct dbpages *p)
{
	for (uint32_t page = 1; page <= p->n; page++) {
		if (g->told->progress != NULL && page % 64 == 0)
			g->told->progress(page, p->n);
		if (dbpages_rows(p, page, on_row, g) != 0)
			return g->status != 0
			    ? g->status
			    : store_fail(g->st, EX_TEMPFAIL, "out of memory");
	}
	return 0;
}

static int
prepare(struct salvage *g)
{
	int rc = SQLITE_OK;

	for (int i = 0; rc == SQLITE_OK && i < SHAPES; i++) {
		char *text = store_shape_insert((enum shape)i);

		if (text == NULL)
			return store_fail(g->st, EX_TEMPFAIL, "out of memory");
		rc = sqlite3_prepare_v2(
		    g->st->db, text, -1, &g->insert[i], NULL);
		sqlite3_free(text);
	}
	return rc == SQLITE_OK ? 0 : store_sql_fail(g->st, rc, "set up");
}

static int
transaction(struct salvage *g, struct dbpages *p)
{
	int status = store_begin(g->st);

	if (status == 0 && (status = copy(g, p)) == 0 &&
	    (status = sum_up(g)) == 0 &&
	    (status = store_schema_lane_views(g->st)) == 0)
		status = store_commit(g->st);
	if (status != 0)
		store_rollback(g->st);
	return status;
}

int
store_salvage(struct store *st, const char *old, struct store_salvage *told)
{
	struct salvage g = { .st = st, .told = told };
	struct dbpages pages;
	int status;

	if (dbpages_open(&pages, old) < 0)
		return store_fail(st, errno == EACCES ? EX_NOPERM : EX_IOERR,
		    "unable to read %s: %s", old, strerror(errno));
	record_init(&g.record);
	buf_init(&g.body);
	if ((status = prepare(&g)) == 0)
		status = transaction(&g, &pages);
	told->pages = pages.n;
	told->unreadable = pages.unreadable;
	for (int i = 0; i < SHAPES; i++)
		sqlite3_finalize(g.insert[i]);
	record_release(&g.record);
	buf_release(&g.body);
	dbpages_close(&pages);
	return status;
}
