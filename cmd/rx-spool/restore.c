/* SPDX-License-Identifier: MIT */
/*
 * restore -- dead letters put back: lines of `dead`, edited or not, become
 *            records of their lane again, each once.
 *
 * A letter is known by its number and id.  One that is no longer there was put
 * back or purged: it is not stored a second time.
 */
#include <string.h>
#include <unistd.h>

#include "cmd/rx-spool/dead.h"
#include "cmd/rx-spool/order.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/lines.h"
#include "lib/record.h"

#define GROUP 1000 /* lines to a transaction */

struct restore {
	struct store *store;
	const char *only; /* this lane, or NULL */
	struct lines in;
	struct record record;
	struct buf texts, id, rx, line;
	struct store_lane lane; /* of the letters at hand; id 0: none */
	int class;
	struct buf body;
	uint64_t n; /* records in it, */
	char first[STORE_TIME + 1], last[STORE_TIME + 1]; /* and of when */
	uint64_t restored, gone, refused;
};

/* What has gathered for one lane and class becomes a segment. */
static void
flush(struct restore *r)
{
	struct store_segment g = { .n = r->n, .class = r->class };

	if (r->lane.id == 0)
		return;
	if (r->n > 0) {
		buf_addc(&r->body, ']');
		if (r->body.failed)
			die(EX_TEMPFAIL, "out of memory");
		g.stored_ms = spool_now_ms();
		g.body = buf_span(&r->body);
		memcpy(g.first_time, r->first, sizeof(g.first_time));
		memcpy(g.last_time, r->last, sizeof(g.last_time));
		spool_check(
		    r->store, store_segment_add(r->store, &r->lane, &g));
	}
	spool_check(r->store, store_lane_save(r->store, &r->lane));
	buf_reset(&r->body);
	r->n = 0;
	r->first[0] = r->last[0] = '\0';
}

static void
turn_to(struct restore *r, const struct store_letter *d)
{
	if (r->lane.id != d->lane || r->class != d->class) {
		flush(r);
		spool_check(
		    r->store, store_lane_by_id(r->store, d->lane, &r->lane));
		r->class = d->class;
	} else if (r->body.len + r->line.len > STORE_BODY)
		flush(r);
}

/* The number and the id in _rx; false: this is no line of `dead`. */
static bool
parse(struct restore *r, struct span line, uint64_t *letter)
{
	struct walk w;
	struct member m;
	struct value v;
	bool has_letter = false, has_id = false;

	if (record_parse(&r->record, line) < 0 ||
	    !record_get(&r->record, "_rx", &v) || v.type != VALUE_OBJECT)
		return false;
	walk_init(&w, v.text);
	while (walk_next(&w, &m))
		if (span_is(m.name, "letter"))
			has_letter = value_u64(&m.value, letter) == 0;
		else if (span_is(m.name, "id") &&
		    m.value.type == VALUE_STRING) {
			buf_reset(&r->id);
			has_id = value_text(&m.value, &r->id) == 0;
		}
	return has_letter && has_id && *letter > 0;
}

static void
refuse(struct restore *r, const char *why)
{
	if (r->refused++ == 0)
		warn("line %ju %s", r->in.number, why);
}

static void
line(struct restore *r, struct span text, bool torn)
{
	struct store_letter d;
	struct value time;
	uint64_t letter = 0;
	int status;

	if (!parse(r, text, &letter)) {
		if (!torn || r->record.why == NULL)
			refuse(r, "is no dead letter");
		return;
	}
	status = store_dead_next(r->store, 0, letter - 1, &d, &r->texts);
	if (status == STORE_NONE || (status == 0 && d.letter != letter)) {
		r->gone++;
		return;
	}
	spool_check(r->store, status);
	if (!span_eq(d.id, buf_span(&r->id))) {
		refuse(r, "has another id than its dead letter");
		return;
	}
	buf_reset(&r->rx);
	buf_adds(&r->rx, "{\"id\":");
	jstr_add(&r->rx, d.id);
	buf_addc(&r->rx, '}');
	order_record(&r->record, buf_span(&r->rx), false, &r->line);
	if (r->line.len > RECORD_MAX - SPOOL_DELIVERY) {
		refuse(r, "is too long to be delivered");
		return;
	}
	turn_to(r, &d);
	if (r->only != NULL && strcmp(r->only, r->lane.name) != 0) {
		refuse(r, "is of another lane");
		return;
	}
	spool_check(
	    r->store, store_dead_take(r->store, &r->lane, &d, RESTORED));
	buf_adds(&r->body, r->n == 0 ? "[" : ",\n");
	buf_add(&r->body, buf_span(&r->line));
	if (record_get(&r->record, "timestamp", &time) &&
	    time.type == VALUE_STRING)
		store_segment_time(r->first, r->last, time.text);
	r->n++;
	r->restored++;
}

/* All lines that are there, or a group of them, in one transaction. */
static bool
group(struct restore *r)
{
	struct span text;
	int got = lines_next(&r->in, &text);

	if (got < 0)
		die_sys(EX_IOERR, "unable to read stdin");
	if (got == 0)
		return false;
	spool_check(r->store, store_begin(r->store));
	for (int i = 0;;) {
		line(r, text, r->in.torn);
		if (++i == GROUP || !lines_ready(&r->in) ||
		    (got = lines_next(&r->in, &text)) <= 0)
			break;
	}
	flush(r);
	r->lane.id = 0; /* others may change it in between */
	spool_check(r->store, store_commit(r->store));
	return got > 0;
}

int
dead_restore(struct store *store, const char *lane, int stop_fd)
{
	struct restore r = { .store = store, .only = lane };
	struct buf *const bufs[] = { &r.texts, &r.id, &r.rx, &r.line, &r.body };

	lines_init(&r.in, STDIN_FILENO, stop_fd);
	record_init(&r.record);
	for (size_t i = 0; i < sizeof(bufs) / sizeof(*bufs); i++)
		buf_init(bufs[i]);
	while (group(&r))
		;
	r.refused += r.in.overlong;
	info("%ju dead letter%s put back", (uintmax_t)r.restored,
	    r.restored == 1 ? "" : "s");
	if (r.gone > 0)
		warn("%ju dead letters are no longer there", (uintmax_t)r.gone);
	if (r.refused > 0)
		warn("%ju lines refused", (uintmax_t)r.refused);
	lines_release(&r.in);
	record_release(&r.record);
	for (size_t i = 0; i < sizeof(bufs) / sizeof(*bufs); i++)
		buf_release(bufs[i]);
	return r.gone + r.refused > 0 ? EX_PARTLY : EX_OK;
}
