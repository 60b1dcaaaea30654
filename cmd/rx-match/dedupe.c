/* SPDX-License-Identifier: MIT */
#include "dedupe.h"

#include <string.h>
#include <sysexits.h>

#include "lib/diag.h"
#include "lib/hash.h"
#include "lib/mark.h"
#include "lib/num.h"
#include "lib/rtime.h"
#include "lib/stop.h"

#include "match.h"
#include "recent.h"
#include "settings.h"
#include "when.h"

#define MOST_WINDOW (7 * 24 * 3600 * NUM_S)
#define DIGITS 3 /* of repeated_since */

/* A kind of record that has come again. */
struct held {
	struct slot *slot; /* NULL: not in use */
	struct buf line; /* without _rx */
	char time[WHEN_TEXT]; /* of the last one, escaped */
	size_t time_len;
	enum severity severity;
	int64_t from_ms; /* on the clock that never steps */
};

static struct {
	int64_t length_ns, before_ns; /* now; until another is adopted */
	uint64_t seed;
	struct recent recent;
	struct held held[DEDUPE_HELD];
	size_t n_held;
	int64_t due_ns; /* no summary is due before, in record time */
	int64_t paused_ms;
	bool stirred; /* since then */
	struct rtime rtime;
	struct item made;
	struct buf line, text;
} dedupe;

const char *
dedupe_option(const char *duration)
{
	steps_use(&dedupe_step);
	return settings_duration(
	    duration, NUM_MS, MOST_WINDOW, &dedupe.length_ns);
}

static void
forget(void)
{
	dedupe.before_ns = dedupe.length_ns;
	dedupe.length_ns = 0;
}

static void
start(struct job *j)
{
	(void)j;
	dedupe.seed = hash_seed();
	if (recent_init(&dedupe.recent) < 0)
		die(EX_TEMPFAIL, "out of memory");
	if (rtime_init(&dedupe.rtime, NULL) < 0)
		die(EX_USAGE, "TZ names no zone");
	item_init(&dedupe.made);
}

static void
set_text(struct job *j, struct item *it, uint64_t n)
{
	struct buf *b = &dedupe.text;
	struct value v;

	if (j->member.rest.len > 0 || !item_find(it, &j->member, &v) ||
	    v.type != VALUE_STRING)
		return;
	buf_reset(b);
	buf_adds(b, "message repeated ");
	buf_addu(b, n);
	buf_adds(b, n == 1 ? " time: [ " : " times: [ ");
	buf_add(b, item_string(it, &v));
	buf_adds(b, " ]");
	if (b->failed)
		die(EX_TEMPFAIL, "out of memory");
	item_set_text(it, j->member.top, buf_span(b));
}

/* Writes the summary; the slot counts anew. */
static void
summarise(struct job *j, struct held *h)
{
	struct item *it = &dedupe.made;
	char text[RTIME_MAX];
	size_t n;

	item_reset(it);
	if (record_parse(&it->record, buf_span(&h->line)) < 0)
		die(EX_SOFTWARE, "a record is none: %s", it->record.why);
	it->severity = h->severity;
	set_text(j, it, h->slot->n);
	if (h->time_len > 0)
		item_set(it, SPAN("timestamp"),
		    (struct span){ h->time, h->time_len });
	n = num_render(text, h->slot->n);
	item_set(it, SPAN("repeated"), (struct span){ text, n });
	n = rtime_render(text, h->slot->since, DIGITS);
	item_set_text(it, SPAN("repeated_since"), (struct span){ text, n });
	h->slot->held = NULL;
	h->slot->n = 0;
	h->slot = NULL;
	dedupe.n_held--;
	emit_made(j, it);
}

static void
summarise_due(struct job *j, int64_t ns)
{
	dedupe.due_ns = INT64_MAX;
	for (struct held *h = dedupe.held; h < dedupe.held + DEDUPE_HELD; h++) {
		int64_t due;

		if (h->slot == NULL)
			continue;
		due = h->slot->since + dedupe.length_ns;
		if (due <= ns)
			summarise(j, h);
		else if (due < dedupe.due_ns)
			dedupe.due_ns = due;
	}
}

static void
summarise_all(struct job *j)
{
	summarise_due(j, INT64_MAX);
}

/* What is held is due by the new time, and at once when there is none. */
static void
adopt(struct job *j, bool good)
{
	if (!good)
		dedupe.length_ns = dedupe.before_ns;
	else if (dedupe.length_ns == 0)
		summarise_all(j);
	else
		dedupe.due_ns = INT64_MIN;
}

/* A place to hold one more: if need be that of the one held for longest. */
static struct held *
place(struct job *j)
{
	struct held *oldest = dedupe.held;

	for (struct held *h = dedupe.held; h < dedupe.held + DEDUPE_HELD; h++) {
		if (h->slot == NULL)
			return h;
		if (h->slot->since < oldest->slot->since)
			oldest = h;
	}
	summarise(j, oldest);
	return oldest;
}

/* false: it is too long to be held. */
static bool
hold(struct job *j, struct item *it, struct slot *s)
{
	struct span rest, line;
	struct held *h;

	buf_reset(&dedupe.line);
	item_render(it, &dedupe.line);
	line = buf_span(&dedupe.line);
	if (dedupe.line.failed)
		die(EX_TEMPFAIL, "out of memory");
	if (line.len > DEDUPE_LONGEST)
		return false;
	h = place(j);
	*h = (struct held){ .slot = s,
		.line = h->line,
		.severity = it->severity,
		.from_ms = stop_now_ms() };
	buf_reset(&h->line);
	if (mark_rx(line, &rest).len > 0) {
		buf_addc(&h->line, '{');
		line = span_skip(rest, rest.at[0] == ',');
	}
	buf_add(&h->line, line);
	if (h->line.failed)
		die(EX_TEMPFAIL, "out of memory");
	s->held = h;
	if (dedupe.n_held++ == 0 || s->since + dedupe.length_ns < dedupe.due_ns)
		dedupe.due_ns = s->since + dedupe.length_ns;
	return true;
}

static void
keep_time(struct item *it, struct held *h)
{
	struct value v;

	if (item_get(it, "timestamp", &v) && v.type == VALUE_STRING &&
	    v.text.len + 2 <= sizeof(h->time)) {
		memcpy(h->time, v.text.at - 1, v.text.len + 2);
		h->time_len = v.text.len + 2;
	}
}

/* A time at its head does not make a text another. */
static uint64_t
hash_text(uint64_t h, const struct item *it)
{
	struct span text = it->text;
	struct rtime_found found;

	if (rtime_scan(&dedupe.rtime, text, it->now_ns, &found)) {
		h = hash_bytes(h, (struct span){ text.at, found.at });
		text = span_skip(text, found.at + found.len);
	}
	return hash_bytes(h, text);
}

static uint64_t
key_of(struct job *j, struct item *it)
{
	const struct record *r = &it->record;
	uint64_t h = dedupe.seed;

	if (it->text.at == r->line.at) /* the whole record was searched */
		j = NULL;
	for (size_t i = 0; i < r->n_members; i++) {
		const struct member *m = &r->members[i];

		if ((i == 0 && span_is(m->name, "_rx")) ||
		    span_is(m->name, "timestamp"))
			continue;
		h = hash_bytes(h, m->name);
		if (j != NULL && span_eq(m->name, j->member.top) &&
		    j->member.rest.len == 0)
			h = hash_text(h, it);
		else
			h = hash_bytes(h + m->value.type, m->value.text);
	}
	return h;
}

static enum step_says
take(struct job *j, struct item *it)
{
	int64_t ns = when_known(it);
	struct slot gone, *s;

	dedupe.stirred = true;
	if (dedupe.n_held > 0 && ns >= dedupe.due_ns)
		summarise_due(j, ns);
	s = recent_get(&dedupe.recent, key_of(j, it), &gone);
	if (gone.key != 0 && gone.held != NULL) {
		((struct held *)gone.held)->slot = &gone;
		summarise(j, gone.held);
	}
	if (s->since == 0 || ns >= s->since + dedupe.length_ns ||
	    ns <= s->since - dedupe.length_ns) {
		if (s->held != NULL)
			summarise(j, s->held);
		s->since = ns;
		return STEP_PASS;
	}
	if (s->held == NULL && !hold(j, it, s))
		return STEP_PASS;
	s->n++;
	keep_time(it, s->held);
	return STEP_DROP;
}

static int64_t
idle(struct job *j)
{
	int64_t now = stop_now_ms(), soonest,
		length = dedupe.length_ns / NUM_MS;

	if (dedupe.stirred)
		dedupe.paused_ms = now;
	dedupe.stirred = false;
	if (j->marked && now - dedupe.paused_ms >= DEDUPE_IDLE)
		summarise_all(j);
	if (dedupe.n_held == 0)
		return -1;
	soonest = j->marked ? dedupe.paused_ms + DEDUPE_IDLE : INT64_MAX;
	for (struct held *h = dedupe.held; h < dedupe.held + DEDUPE_HELD; h++)
		if (h->slot != NULL && h->from_ms + length <= now)
			summarise(j, h);
		else if (h->slot != NULL && h->from_ms + length < soonest)
			soonest = h->from_ms + length;
	return dedupe.n_held > 0 ? soonest - now : -1;
}

static bool
holding(void)
{
	return dedupe.n_held > 0;
}

static void
finish(struct job *j)
{
	summarise_all(j);
	recent_release(&dedupe.recent);
	item_release(&dedupe.made);
	buf_release(&dedupe.line);
	buf_release(&dedupe.text);
	for (size_t i = 0; i < DEDUPE_HELD; i++)
		buf_release(&dedupe.held[i].line);
}

const struct step dedupe_step = { .name = "dedupe",
	.forget = forget,
	.adopt = adopt,
	.start = start,
	.take = take,
	.idle = idle,
	.holding = holding,
	.finish = finish };
