/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/events.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/digest.h"
#include "lib/hash.h"
#include "lib/jstr.h"
#include "lib/rtime.h"
#include "lib/utf8.h"

void
events_init(struct events *e)
{
	*e = (struct events){ .seed = hash_seed() };
	record_init(&e->record);
	buf_init(&e->records);
	buf_init(&e->clean);
	buf_init(&e->id);
	digest_nonce(e->life);
}

uint64_t
events_hash(const struct events *e, struct span id)
{
	return hash_bytes(e->seed, id);
}

static bool
is_blank_byte(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span
trim(struct span s)
{
	while (s.len > 0 && is_blank_byte(*s.at))
		s = span_skip(s, 1);
	while (s.len > 0 && is_blank_byte(s.at[s.len - 1]))
		s.len--;
	return s;
}

static struct span
clean(struct events *e, struct span body)
{
	if (jstr_is_utf8(body))
		return body;
	buf_reset(&e->clean);
	for (size_t i = 0; i < body.len;) {
		size_t n = (unsigned char)body.at[i] < 0x80
		    ? 1
		    : utf8_length(body.at + i, body.len - i);

		if (n > 0)
			buf_add(&e->clean, (struct span){ body.at + i, n });
		else {
			buf_add(&e->clean, SPAN("\xef\xbf\xbd"));
			e->replaced++;
		}
		i += n > 0 ? n : 1;
	}
	return buf_span(&e->clean);
}

/* A client's own id; false: it gave none. */
static bool
add_given_id(struct events *e, const struct events_about *a)
{
	struct value v;

	if (a->id_member != NULL && record_get(&e->record, a->id_member, &v) &&
	    (v.type == VALUE_STRING || v.type == VALUE_NUMBER) && !v.escaped &&
	    v.text.len > 0 && v.text.len <= EVENT_ID)
		buf_addf(
		    &e->id, "%s:%.*s", a->name, (int)v.text.len, v.text.at);
	else if (a->key.len > 0)
		buf_addf(&e->id, "%s:%.*s.%zu", a->name, (int)a->key.len,
		    a->key.at, e->n);
	else
		return false;
	return true;
}

static void
add_id(struct events *e, const struct events_about *a)
{
	buf_reset(&e->id);
	if (!add_given_id(e, a)) {
		buf_adds(&e->id, e->life);
		buf_addc(&e->id, '.');
		buf_addu(&e->id, e->given++);
	}
	e->hashes[e->n] = events_hash(e, buf_span(&e->id));
	buf_adds(&e->records, "\"_rx\":{\"id\":\"");
	buf_add(&e->records, buf_span(&e->id));
	buf_adds(&e->records, "\"}");
}

static bool
is_rx(struct events *e, const struct member *m)
{
	return m->escaped ? span_is(member_name(m, &e->id), "_rx")
			  : span_is(m->name, "_rx");
}

static void
add_own(struct events *e, const struct member *m)
{
	struct buf *b = &e->records;
	bool quoted = m->value.type == VALUE_STRING;
	bool foreign = is_rx(e, m);

	e->renamed += foreign;
	buf_addc(b, '"');
	buf_add(b, foreign ? SPAN("rx_") : m->name);
	buf_adds(b, quoted ? "\":\"" : "\":");
	buf_add(b, m->value.text);
	if (quoted)
		buf_addc(b, '"');
}

static void
add_lacking(struct events *e, const char *name, struct span text)
{
	struct value v;

	if (text.len == 0 || record_get(&e->record, name, &v))
		return;
	buf_adds(&e->records, ",\"");
	buf_adds(&e->records, name);
	buf_adds(&e->records, "\":");
	jstr_add(&e->records, text);
}

/* The members of the event that is in e->record, as a line. */
static void
add_record(struct events *e, const struct events_about *a, struct span now)
{
	size_t start = e->records.len;
	const char *comma = "";

	buf_addc(&e->records, '{');
	if (a->ids) {
		add_id(e, a);
		comma = ",";
	}
	for (size_t i = 0; i < e->record.n_members; i++) {
		buf_adds(&e->records, comma);
		add_own(e, &e->record.members[i]);
		comma = ",";
	}
	add_lacking(e, "timestamp", now);
	add_lacking(e, "node_id", span_of(a->node_id));
	add_lacking(e, "request_id", a->request_id);
	add_lacking(e, "traceparent", a->traceparent);
	buf_addc(&e->records, '}');
	/* Between tokens only: a string cannot hold one as it is. */
	for (size_t i = start; i < e->records.len; i++)
		if (e->records.at[i] == '\n' || e->records.at[i] == '\r')
			e->records.at[i] = ' ';
	buf_addc(&e->records, '\n');
}

static int
fail_at(struct events *e, int status, size_t at, const char *why)
{
	snprintf(e->why, sizeof(e->why), "event %zu, byte %zu: %s", e->n + 1,
	    at, why);
	return status;
}

static int
make_room(struct events *e)
{
	size_t size = e->size == 0 ? 1024 : 2 * e->size;
	uint64_t *hashes;

	if (e->n < e->size)
		return 0;
	hashes = reallocarray(e->hashes, size, sizeof(*hashes));
	if (hashes == NULL)
		return -1;
	e->hashes = hashes;
	e->size = size;
	return 0;
}

static int
add_event(struct events *e, const struct events_about *a, struct span body,
    struct span event, struct span now)
{
	size_t at = (size_t)(event.at - body.at), before = e->records.len;

	if (e->n == EVENTS_MAX)
		return fail_at(e, 413, at, "more than 100000 events");
	if (record_parse(&e->record, event) < 0)
		return fail_at(e, event.len > RECORD_MAX ? 413 : 400,
		    at + e->record.offset, e->record.why);
	if (e->record.n_members == 0)
		return fail_at(e, 400, at, "an event without members");
	if (make_room(e) < 0)
		return fail_at(e, 503, at, "memory is out");
	add_record(e, a, now);
	if (e->records.failed)
		return fail_at(e, 503, at, "memory is out");
	if (e->records.len - before > EVENT_MAX)
		return fail_at(e, 413, at, "an event longer than 960 KiB");
	e->n++;
	return 0;
}

static int
read_lines(struct events *e, const struct events_about *a, struct span body,
    struct span now)
{
	struct span rest = body;
	int status = 0;

	while (status == 0 && rest.len > 0) {
		const char *end = memchr(rest.at, '\n', rest.len);
		struct span line = rest;

		if (end != NULL)
			line.len = (size_t)(end - rest.at);
		rest = span_skip(rest, line.len + (end != NULL));
		line = trim(line);
		if (line.len > 0)
			status = add_event(e, a, body, line, now);
	}
	return status;
}

static int
read_array(struct events *e, const struct events_about *a, struct span body,
    struct span array, struct span now)
{
	struct walk w;
	struct member m;
	int status = 0;

	if (record_check(&e->record, array) < 0) {
		snprintf(e->why, sizeof(e->why), "byte %zu: %s",
		    (size_t)(array.at - body.at) + e->record.offset,
		    e->record.why);
		return 400;
	}
	walk_init(&w, array);
	while (status == 0 && walk_next(&w, &m))
		status = m.value.type == VALUE_OBJECT
		    ? add_event(e, a, body, m.value.text, now)
		    : fail_at(e, 400, (size_t)(m.value.text.at - body.at),
			  "not an object");
	return status;
}

int
events_read(struct events *e, struct span body, const struct events_about *a)
{
	char now[RTIME_MAX];
	struct span when = { now, rtime_render(now, rtime_now_ns(), 3) }, text;
	int status;

	buf_reset(&e->records);
	e->n = 0;
	body = clean(e, body);
	if (e->clean.failed)
		return fail_at(e, 503, 0, "memory is out");
	text = trim(body);
	if (a->lines)
		status = read_lines(e, a, body, when);
	else if (text.len > 0 && *text.at == '[')
		status = read_array(e, a, body, text, when);
	else
		status = text.len == 0 ? 0 : add_event(e, a, body, text, when);
	if (status == 0 && e->n == 0)
		return fail_at(e, 400, 0, "there is none");
	return status;
}
