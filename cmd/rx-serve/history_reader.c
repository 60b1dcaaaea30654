/* SPDX-License-Identifier: MIT */
/*
 * history_reader -- the process that reads spools for rx-serve.
 *
 * Segments are looked at from the newest to the oldest, one at a time, so that
 * no view of the database is held for long; what comes meanwhile is newer than
 * where we are.
 */
#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cmd/rx-serve/history.h"
#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/num.h"
#include "lib/record.h"
#include "lib/rtime.h"
#include "lib/store_tell.h"

static struct {
	struct store *store;
	struct store_look look;
	struct record record;
	struct buf body, text;
	uint64_t *segs;
	size_t n_segs, size;
	int64_t over_ns;
	/* Of the answer. */
	size_t looked; /* segments: one at least in each answer */
	uint64_t taken, next; /* next: go on before this tag, 0: all was seen */
	bool complete;
} reader;

static int
on_segment(void *arg, uint64_t seg)
{
	(void)arg;
	if (reader.n_segs == reader.size) {
		size_t size = reader.size == 0 ? 1024 : 2 * reader.size;
		uint64_t *segs = reallocarray(reader.segs, size, sizeof(*segs));

		if (segs == NULL)
			return EX_TEMPFAIL;
		reader.segs = segs;
		reader.size = size;
	}
	reader.segs[reader.n_segs++] = seg;
	return 0;
}

static int
newest_first(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

static bool
is_value(const struct value *v, const char *want)
{
	if (v->type != VALUE_STRING || !v->escaped)
		return span_is(v->text, want);
	buf_reset(&reader.text);
	return value_text(v, &reader.text) == 0 &&
	    span_is(buf_span(&reader.text), want);
}

static bool
takes(const struct history_query *q, struct span record, int64_t stored_ms)
{
	int64_t ns = stored_ms * NUM_MS;
	struct rtime_found found;
	struct value v;

	if (record_parse(&reader.record, record) < 0)
		return false; /* rx-spool query tells of that */
	for (size_t i = 0; i < q->n_where; i++)
		if (!record_get(&reader.record, q->where[i].member, &v) ||
		    !is_value(&v, q->where[i].value))
			return false;
	if (record_get(&reader.record, "timestamp", &v) &&
	    v.type == VALUE_STRING && rtime_parse(v.text, &found) == 0)
		ns = found.ns;
	return ns >= q->since_ns && ns <= q->until_ns;
}

/* The members of a record behind its _rx, with their closing brace. */
static void
add_members(const struct record *r)
{
	for (size_t i = 0; i < r->n_members; i++) {
		const struct member *m = &r->members[i];
		bool quoted = m->value.type == VALUE_STRING;

		if (!m->escaped && span_is(m->name, "_rx"))
			continue;
		buf_adds(&reader.body, ",\"");
		buf_add(&reader.body, m->name);
		buf_adds(&reader.body, quoted ? "\":\"" : "\":");
		buf_add(&reader.body, m->value.text);
		if (quoted)
			buf_addc(&reader.body, '"');
	}
	buf_addc(&reader.body, '}');
}

static void
add_record(uint64_t i, struct span record)
{
	static const char *const states[] = { [STATE_PENDING] = "pending",
		[STATE_DELIVERED] = "delivered",
		[STATE_DEAD] = "dead",
		[STATE_GONE] = "delivered" };
	const struct store_segment *g = &reader.look.g;
	char room[STORE_ID_MAX], stored[RTIME_MAX];
	struct span id = store_record_id(record, g, g->seg + i, room);

	stored[rtime_render(stored, g->stored_ms * NUM_MS, 3)] = '\0';
	buf_adds(&reader.body,
	    reader.taken > 0 ? ",\n{\"_rx\":{\"id\":\""
			     : "{\"_rx\":{\"id\":\"");
	buf_add(&reader.body, id);
	buf_addf(&reader.body,
	    "\",\"tag\":%ju,\"st\":\"%s\",\"stored\":\"%s\"}",
	    (uintmax_t)(g->seg + i), states[reader.look.states[i]], stored);
	add_members(&reader.record);
	reader.taken++;
}

/* 0, STORE_NONE when it was settled or forgotten since, or a status. */
static int
look(uint64_t seg)
{
	int status = store_look(reader.store, seg, false, &reader.look);

	return status == STORE_NONE
	    ? store_look(reader.store, seg, true, &reader.look)
	    : status;
}

static bool
is_over(const struct history_query *q)
{
	if (reader.taken == q->limit)
		return true;
	reader.complete = reader.body.len < HISTORY_BYTES &&
	    (reader.looked == 0 || rtime_now_ns() < reader.over_ns);
	return !reader.complete;
}

static int
segment(const struct history_query *q, uint64_t seg)
{
	int status = look(seg);
	uint64_t i;

	if (status != 0)
		return status == STORE_NONE ? 0 : status;
	for (i = reader.look.g.n; i-- > 0;) {
		uint64_t tag = reader.look.g.seg + i;
		struct span record;

		if (tag >= q->before)
			continue;
		if (is_over(q)) {
			reader.next = tag + 1;
			return 0;
		}
		record =
		    store_record(reader.look.g.body, reader.look.offsets, i);
		if (takes(q, record, reader.look.g.stored_ms))
			add_record(i, record);
	}
	reader.looked++;
	return 0;
}

static int
collect(const struct history_query *q, const char *name)
{
	struct store_range range = { .since_ms = INT64_MIN,
		.until_ms = INT64_MAX };
	struct store_lane lane;
	int status;

	reader.n_segs = 0;
	if ((status = store_lane_find(reader.store, name, &lane)) != 0)
		return status;
	range.lane = lane.id;
	if (q->since_ns != INT64_MIN)
		range.since_ms = q->since_ns / NUM_MS;
	if (q->until_ns != INT64_MAX)
		range.until_ms = q->until_ns / NUM_MS;
	if ((status = store_range_segments(
		 reader.store, &range, on_segment, NULL)) != 0)
		return status;
	range.history = true;
	if ((status = store_range_segments(
		 reader.store, &range, on_segment, NULL)) != 0)
		return status;
	if (reader.n_segs > 0)
		qsort(reader.segs, reader.n_segs, sizeof(*reader.segs),
		    newest_first);
	return 0;
}

static int
run(const struct history_query *q, const char *lane)
{
	int status = collect(q, lane);
	uint64_t last = 0;

	for (size_t i = 0; status == 0 && i < reader.n_segs && reader.next == 0;
	     i++) {
		/* One may have been settled between the two lists. */
		if (reader.segs[i] >= q->before || reader.segs[i] == last)
			continue;
		last = reader.segs[i];
		status = segment(q, last);
	}
	return status;
}

static int
answer(const struct history_query *q, const struct history_source *source)
{
	const struct store_options how = { .read_only = true, .wait_ms = 0 };
	char why[STORE_WHY];
	int status;

	reader.over_ns = rtime_now_ns() + HISTORY_MS * NUM_MS;
	reader.taken = reader.next = 0;
	reader.looked = 0;
	reader.complete = true;
	buf_reset(&reader.body);
	buf_adds(&reader.body, "{\"records\":[");
	if (store_open(&reader.store, source->path, &how, why) != 0) {
		warn("history: %s", why);
		return 503;
	}
	store_until(reader.store, reader.over_ns + HISTORY_MS * NUM_MS);
	status = run(q, source->lane);
	if (status != 0 && status != STORE_NONE)
		warn("history: %s", store_why(reader.store));
	store_close(reader.store);
	if (status != 0 && status != STORE_NONE)
		return 503; /* a lane that is not there holds nothing yet */
	buf_adds(&reader.body, "],\"next\":");
	if (reader.next > 0)
		buf_addf(&reader.body, "\"%ju\"", (uintmax_t)reader.next);
	else
		buf_adds(&reader.body, "null");
	buf_adds(&reader.body,
	    reader.complete ? ",\"complete\":true}\n"
			    : ",\"complete\":false}\n");
	return reader.body.failed ? 503 : 200;
}

static bool
transfer(int fd, void *bytes, size_t n, bool out)
{
	char *at = bytes;

	while (n > 0) {
		ssize_t got = out ? write(fd, at, n) : read(fd, at, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		n -= (size_t)got;
	}
	return true;
}

static void
give_up_privileges(const struct history_source *sources)
{
	for (int i = 0; i < HISTORY_SOURCES; i++) {
		char *copy;

		if (sources[i].path == NULL)
			continue;
		/* SQLite makes the shared index of the log, and locks it. */
		if ((copy = strdup(sources[i].path)) == NULL ||
		    confine_allow(dirname(copy), "rwc") < 0)
			die_sys(EX_CONFIG, "--history %s", sources[i].path);
		free(copy);
	}
	if (confine("stdio rpath wpath cpath flock") < 0)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
}

_Noreturn void
history_read(int fd, const struct history_source *sources)
{
	struct history_query q;
	struct history_reply reply;

	/* Only rx-serve ends us: a ^C reaches both, and it has an order. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	prctl(PR_SET_NAME, "rx-serve:hist");
	record_init(&reader.record);
	buf_init(&reader.body);
	buf_init(&reader.text);
	buf_init(&reader.look.body);
	give_up_privileges(sources);
	while (transfer(fd, &q, sizeof(q), false)) {
		reply.status = answer(&q, &sources[q.source]);
		reply.len = reply.status == 200 ? reader.body.len : 0;
		if (!transfer(fd, &reply, sizeof(reply), true) ||
		    !transfer(fd, reader.body.at, reply.len, true))
			break;
		if (reader.body.size > HISTORY_BYTES / 4)
			buf_release(&reader.body);
	}
	_exit(0);
}
