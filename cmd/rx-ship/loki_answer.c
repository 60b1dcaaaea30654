/* SPDX-License-Identifier: MIT */
/*
 * What a 400 of Loki says: which entries of the request it did not take.
 *
 *   [N errors like: ]entry for stream '{…}' has timestamp too old: X, oldest
 *       acceptable timestamp is: T[; N errors like: …]
 *   [N errors like: ]entry for stream '{…}' has timestamp too new: X
 *   entry with timestamp … ignored, reason: 'entry too far behind, entry
 *       timestamp is: X, oldest acceptable timestamp is: T',
 *       user '…', total ignored: K out of N for stream: {…}
 *
 * The text names no line, but how many were refused, and those are the oldest
 * or the newest of the request, or of one stream.  It also quotes labels, which
 * anybody may have written: what it says counts only when the times agree with
 * it; else the request is tried in halves, as with any other 400.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-ship/loki.h"
#include "cmd/rx-ship/loki_entry.h"
#include "lib/num.h"
#include "lib/rtime.h"

struct said {
	size_t old, new; /* entries refused, for their time */
	int64_t bound_ns; /* of old, to the second below */
	bool one_stream; /* old: of the stream that follows */
	size_t of; /* entries of that stream */
	struct span stream;
};

static bool
skip(struct span *s, struct span past)
{
	const char *at = memmem(s->at, s->len, past.at, past.len);

	if (at == NULL)
		return false;
	*s = span_skip(*s, (size_t)(at - s->at) + past.len);
	return true;
}

/* An RFC 3339 time at the front of s. */
static bool
read_time(struct span *s, int64_t *ns)
{
	struct rtime_found found;
	struct span time = *s;

	for (time.len = 0; time.len < s->len; time.len++)
		if (strchr("0123456789-:.TZ+", time.at[time.len]) == NULL)
			break;
	/* A full stop may end the sentence. */
	if (rtime_parse(time, &found) < 0 || found.ns < 0 ||
	    found.ns > INT64_MAX / 2)
		return false;
	*ns = found.ns;
	*s = span_skip(*s, time.len);
	return true;
}

/* Digits at the front of s; without any *n stays as it is. */
static bool
read_count(struct span *s, size_t *n)
{
	size_t digits = 0, value = 0;

	for (; digits < s->len && digits < 9 && s->at[digits] >= '0' &&
	     s->at[digits] <= '9';
	     digits++)
		value = value * 10 + (size_t)(s->at[digits] - '0');
	*s = span_skip(*s, digits);
	if (digits > 0)
		*n = value;
	return digits > 0;
}

/* One cause; s ends up behind it. */
static bool
read_cause(struct span *s, struct said *said)
{
	size_t n = 1;
	int64_t ns;
	struct span old = *s;

	if (read_count(&old, &n)) {
		if (!span_starts(old, SPAN(" errors like: ")))
			return false;
		old = span_skip(old, strlen(" errors like: "));
	}
	if (!span_starts(old, SPAN("entry for stream '")))
		return false;
	*s = old;
	if (skip(&old, SPAN("' has timestamp too old: ")) &&
	    read_time(&old, &ns) &&
	    span_starts(old, SPAN(", oldest acceptable timestamp is: "))) {
		old = span_skip(
		    old, strlen(", oldest acceptable timestamp is: "));
		if (said->old > 0 || !read_time(&old, &said->bound_ns))
			return false;
		said->old = n;
		*s = old;
		return true;
	}
	if (!skip(s, SPAN("' has timestamp too new: ")) || !read_time(s, &ns) ||
	    said->new > 0)
		return false;
	said->new = n;
	return true;
}

static bool
read_behind(struct span s, struct said *said)
{
	struct span reason = s;

	if (!span_starts(s, SPAN("entry with timestamp ")) ||
	    !skip(&reason, SPAN("ignored, reason: 'entry too far behind, ")) ||
	    !skip(&reason, SPAN("oldest acceptable timestamp is: ")) ||
	    !read_time(&reason, &said->bound_ns) ||
	    !skip(&reason, SPAN("total ignored: ")) ||
	    !read_count(&reason, &said->old) ||
	    !span_starts(reason, SPAN(" out of ")))
		return false;
	reason = span_skip(reason, strlen(" out of "));
	if (!read_count(&reason, &said->of) ||
	    !span_starts(reason, SPAN(" for stream: ")))
		return false;
	said->stream = span_skip(reason, strlen(" for stream: "));
	said->one_stream = true;
	return true;
}

static bool
read_answer(struct span s, struct said *said)
{
	*said = (struct said){ .old = 0 };
	while (s.len > 0 && (s.at[s.len - 1] == '\n' || s.at[s.len - 1] == ' '))
		s.len--;
	if (s.len == 0)
		return false;
	if (read_behind(s, said))
		return true;
	while (read_cause(&s, said)) {
		if (s.len == 0)
			return true;
		if (!span_starts(s, SPAN("; ")))
			break;
		s = span_skip(s, 2);
	}
	return false;
}

/*
 * Whether the labels, "a":"1","b":"2", all stand in the stream's name,
 * {a="1", b="2", service_name="x"}.  Values that either side escapes do not.
 */
static bool
names_stream(struct span name, struct span labels)
{
	while (labels.len > 0) {
		char pair[256];
		const char *end = memmem(labels.at, labels.len, "\",\"", 3);
		size_t len =
		    end == NULL ? labels.len : (size_t)(end - labels.at) + 1;
		const char *colon = memmem(labels.at, len, "\":\"", 3);
		size_t key;

		if (colon == NULL || len >= sizeof(pair) ||
		    memchr(labels.at, '\\', len) != NULL)
			return false;
		key = (size_t)(colon - labels.at) - 1;
		memcpy(pair, labels.at + 1, key);
		pair[key] = '=';
		memcpy(pair + key + 1, colon + 2, len - key - 3);
		if (memmem(name.at, name.len, pair, len - 2) == NULL)
			return false;
		labels = span_skip(labels, len < labels.len ? len + 1 : len);
	}
	return true;
}

/* The entries that the answer is about: from, behind; all, or one stream. */
static bool
find_range(struct loki *l, const struct said *said, size_t *from, size_t *to)
{
	bool found = false;
	size_t next;

	*from = 0;
	*to = l->n_entries;
	for (size_t i = 0; said->one_stream && i < l->n_entries; i = next) {
		for (next = i + 1;
		     next < l->n_entries && loki_same_stream(l, i, next);
		     next++)
			;
		if (next - i != said->of ||
		    !names_stream(said->stream, loki_labels_of(l, i)))
			continue;
		if (found)
			return false;
		found = true;
		*from = i;
		*to = next;
	}
	return found || !said->one_stream;
}

static int
by_time(const void *a, const void *b)
{
	const struct loki_entry *x = a, *y = b;

	return x->ns < y->ns ? -1 : x->ns > y->ns;
}

/* Do that many of these entries stand before the bound, as far as it tells? */
static bool
agrees(const struct loki_entry *e, size_t n, const struct said *said)
{
	size_t below = 0, about = 0;

	if (said->old + said->new > n)
		return false;
	for (size_t i = 0; i < n; i++) {
		below += e[i].ns < said->bound_ns;
		about += e[i].ns < said->bound_ns + (int64_t)NUM_S;
	}
	return said->old == 0 || (below <= said->old && said->old <= about);
}

void
loki_give_up(enum loki_policy policy, struct window *w, struct message *m,
    const char *why)
{
	if (policy == LOKI_DROP)
		window_drop(w, m, why);
	else
		window_reject(w, m, why);
}

/* A time of rendering that is so old is the fault of an outage. */
#define FRESH_NS (30 * (int64_t)NUM_S)

/*
 * One that gets another time stays in flight, to be taken back; but not where
 * it was just given, nor where the bound is its stream's alone.
 */
static bool
will_move(
    const struct loki *l, const struct loki_entry *e, const struct said *said)
{
	if (said->one_stream)
		return false;
	if (e->clamped || e->untimed)
		return rtime_now_ns() - l->rendered_ns > FRESH_NS;
	return l->times->old == LOKI_CLAMP;
}

bool
loki_answer(struct loki *l, const struct web_call *call,
    struct request *request, struct window *w, int64_t now_ms)
{
	size_t from, to, n;
	struct loki_entry *e;
	struct said said;

	if (call->status != 400 ||
	    !read_answer(buf_span(&call->answer), &said) ||
	    !find_range(l, &said, &from, &to))
		return false;
	e = l->entries + from;
	n = to - from;
	qsort(e, n, sizeof(*e), by_time);
	if (!agrees(e, n, &said))
		return false;
	if (said.old > 0 && !said.one_stream) {
		l->max_age_ns = rtime_now_ns() - said.bound_ns;
		l->bound_until_ms = now_ms + LOKI_BOUND_MS;
		l->has_bound = true;
	}
	for (size_t i = 0; i < l->n_entries; i++) {
		struct message *m = request->messages[l->entries[i].i];

		if (i < from || i >= to)
			continue; /* of another stream, not told: again */
		if (i < from + said.old) {
			if (!will_move(l, &l->entries[i], &said))
				loki_give_up(l->times->old, w, m, "too_old");
		} else if (i >= to - said.new) {
			loki_give_up(l->times->future, w, m, "too_new");
		} else {
			window_accept(w, m, now_ms);
		}
	}
	window_take_back(w);
	return true;
}

bool
loki_too_large(const struct web_call *call)
{
	return call->status == 500 && call->answer.len > 0 &&
	    memmem(call->answer.at, call->answer.len, "larger than max", 15) !=
	    NULL;
}
