/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/render.h"

#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#include "cmd/rx-tail/own.h"
#include "cmd/rx-tail/patterns.h"
#include "cmd/rx-tail/tag.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/num.h"
#include "lib/plain.h"

#define FIXED 256 /* what _rx and the punctuation need at most */
#define BLOCK 32 /* FIXED has room for one more */
#define HOUR_NS (3600 * NUM_S)

#define PUT(dst, literal) \
	(memcpy((dst), (literal), sizeof(literal) - 1), \
	    (dst) + sizeof(literal) - 1)

static char *
put(char *dst, struct span s)
{
	memcpy(dst, s.at, s.len);
	return dst + s.len;
}

static const char *
label_of(const struct tail *t, const struct log *log)
{
	const char *own = patterns_label(t, log->path);

	if (own != NULL)
		return own;
	for (size_t i = 0; i < t->n_labels; i++)
		if (fnmatch(t->labels[i].glob, log->path, 0) == 0 ||
		    fnmatch(t->labels[i].glob, log->base, 0) == 0)
			return t->labels[i].name;
	if (log->name == NULL)
		return log->base;
	for (size_t i = 0; i < t->n_labels; i++)
		if (fnmatch(t->labels[i].glob, log->name, 0) == 0)
			return t->labels[i].name;
	return log->name;
}

/* "name":"value" and where the value's text stands, without its quotes. */
static void
member(
    struct buf *b, const char *name, const char *value, size_t *at, size_t *len)
{
	buf_addf(b, ",\"%s\":", name);
	*at = b->len + 1;
	jstr_add(b, span_of(value));
	*len = b->len - *at - 1;
}

void
render_log(struct tail *t, struct log *log)
{
	struct buf *b = &log->constant;
	size_t at, len, path_at, path_len, label_at, label_len;

	log->label = label_of(t, log);
	buf_reset(b);
	buf_addc(b, '"');
	member(b, "node_id", t->node_id, &at, &len);
	member(b, "system_ip", t->ip, &at, &len);
	member(b, "log_path", log->path, &path_at, &path_len);
	member(b, "label", log->label, &label_at, &label_len);
	buf_adds(b, ",\"application\":\"");
	if (b->failed)
		die(EX_TEMPFAIL, "out of memory");
	log->path_json = (struct span){ b->at + path_at, path_len };
	log->label_json = (struct span){ b->at + label_at, label_len };
	log->rtime = t->rtime;
	log->time.digits = UINT_MAX; /* no hour is rendered yet */
	buf_reset(&log->head);
}

static char *
put_rx(char *p, const char *src, const struct piece *piece)
{
	p = PUT(p, "\"_rx\":{\"s\":\"");
	p = put(p, (struct span){ src, MARK_SRC });
	p = PUT(p, "\",\"o\":");
	p += num_render(p, piece->o);
	p = PUT(p, ",\"e\":");
	p += num_render(p, piece->e);
	if (piece->fragment) {
		p = PUT(p, ",\"f\":");
		p += num_render(p, piece->f);
		if (piece->last)
			p = PUT(p, ",\"fl\":true");
	}
	if (piece->torn)
		p = PUT(p, ",\"nl\":false");
	return PUT(p, "},");
}

static void
put_pair(char *dst, unsigned n)
{
	dst[0] = (char)('0' + n / 10);
	dst[1] = (char)('0' + n % 10);
}

static void
put_fraction(char *dst, unsigned ns, unsigned digits)
{
	static const unsigned units_ns[] = { 1000000000, 100000000, 10000000,
		1000000, 100000, 10000, 1000, 100, 10, 1 };

	if (digits == 3) { /* mostly, and then it takes no division */
		const unsigned ms = ns / NUM_MS;

		dst[0] = (char)('0' + ms / 100);
		put_pair(dst + 1, ms % 100);
		return;
	}
	for (ns /= units_ns[digits]; digits-- > 0; ns /= 10)
		dst[digits] = (char)('0' + ns % 10);
}

/*
 * Of lines that follow one another the times are mostly of one hour; the
 * calendar, which is what costs, is asked once for each.  The text kept is that
 * of the hour: to put the clock into it and copy it then would be to load what
 * was just stored piece by piece, which stalls.
 */
static char *
put_time(char *p, struct log *log, int64_t ns, unsigned digits)
{
	static const size_t minute = sizeof("2026-01-05T10:") - 1;
	uint64_t into_ns = (uint64_t)(ns - log->time.hour_ns);
	unsigned into_s;

	if (into_ns >= HOUR_NS || digits != log->time.digits) {
		log->time.hour_ns = ns - (ns % HOUR_NS + HOUR_NS) % HOUR_NS;
		log->time.digits = digits;
		log->time.len =
		    rtime_render(log->time.text, log->time.hour_ns, digits);
		into_ns = (uint64_t)(ns - log->time.hour_ns);
	}
	/* All of it: a length that is known at compile time needs no call. */
	memcpy(p, log->time.text, RTIME_MAX);
	into_s = (unsigned)(into_ns / NUM_S);
	put_pair(p + minute, into_s / 60);
	put_pair(p + minute + 3, into_s % 60);
	if (digits > 0)
		put_fraction(
		    p + minute + 6, (unsigned)(into_ns % NUM_S), digits);
	return p + log->time.len;
}

/* A message of rx itself: told once, else that would be one more each time. */
static size_t
left_out(struct tail *t, const struct log *log)
{
	if (t->counters.own++ == 0)
		warn("%s: messages of rx itself are left out", log->path);
	return 0;
}

/* What is behind the text of few lines only. */
static char *
put_end(char *p, const struct tail *t, const struct piece *piece)
{
	if (piece->fragment && !piece->last && !t->marks)
		p = PUT(p, ",\"truncated\":true");
	if (piece->more.len > 0)
		p = put(p, piece->more);
	return p;
}

/* A line whose time is not asked for: its tag is, where that may be ours. */
static bool
is_own(struct log *log, const struct piece *piece)
{
	struct rtime_found when;

	return own_may_be(piece->text) &&
	    rtime_scan(&log->rtime, piece->text, piece->read_ns, &when) &&
	    own_line(piece->text, tag_scan(&log->tag, piece->text, &when));
}

/*
 * Where lines are not asked for their time, all before their text is the same
 * for those of one read.  It is copied in blocks, which needs no call; what
 * they are longer is written over.
 */
static char *
put_head(char *p, struct log *log, int64_t read_ns)
{
	struct buf *b = &log->head;
	char *at, *start;

	if (b->len == 0 || log->head_ns != read_ns) {
		log->head_ns = read_ns;
		buf_reset(b);
		at = start = buf_room(
		    b, FIXED + log->constant.len + log->label_json.len);
		if (at == NULL)
			die(EX_TEMPFAIL, "out of memory");
		at = PUT(at, "\"timestamp\":\"");
		at += rtime_render(at, read_ns, 3);
		at = put(at, buf_span(&log->constant));
		at = put(at, log->label_json);
		at = PUT(at, "\",\"log_line\":\"");
		buf_took(b, (size_t)(at - start));
	}
	for (size_t i = 0; i < b->len; i += BLOCK)
		memcpy(p + i, b->at + i, BLOCK);
	return p + b->len;
}

/* What one record is in the output. */
static size_t
took(struct tail *t, size_t n)
{
	outbuf_took(&t->out, n);
	t->counters.written++;
	return n;
}

size_t
render_line(struct tail *t, struct log *log, struct span rest, int64_t read_ns)
{
	uintmax_t replaced = 0;
	size_t len, n;
	char *start, *p;

	if (rest.len > RENDER_NEAR)
		rest.len = RENDER_NEAR;
	if (rest.len == 0 || *rest.at == 'r' || *rest.at == '{')
		return SIZE_MAX; /* it may be ours */
	start = p = outbuf_room(&t->out,
	    FIXED + log->constant.len + log->label_json.len +
		JSTR_ESCAPE_MAX(RENDER_NEAR));
	if (p == NULL)
		return SIZE_MAX;
	*p++ = '{';
	p = put_head(p, log, read_ns);
	n = jstr_escape_line(p, rest, &len, &replaced);
	if (len == SIZE_MAX)
		return SIZE_MAX;
	t->replaced += replaced;
	p = PUT(p + n, "\"}\n");
	took(t, (size_t)(p - start));
	return len;
}

size_t
render_piece(
    struct tail *t, struct log *log, const char *src, const struct piece *piece)
{
	struct rtime_found when;
	struct span tag = { NULL, 0 };
	char *start, *p;

	start = p = outbuf_room(&t->out,
	    FIXED + log->constant.len + log->label_json.len + piece->more.len +
		JSTR_ESCAPE_MAX(TAG_MAX + piece->text.len));
	if (p == NULL)
		return 0;
	if (piece->when != NULL) {
		when = *piece->when;
		tag = piece->tag;
	} else if (!t->timeless &&
	    rtime_scan(&log->rtime, piece->text, piece->read_ns, &when))
		tag = tag_scan(&log->tag, piece->text, &when);
	else
		when = (struct rtime_found){ piece->read_ns, 3, 0, 0 };
	if (own_line(piece->text, tag) ||
	    (t->own_near && piece->when == NULL && is_own(log, piece)))
		return left_out(t, log);
	if (t->raw) {
		p = put(p, piece->text);
		*p++ = '\n';
		return took(t, (size_t)(p - start));
	}
	*p++ = '{';
	if (t->marks)
		p = put_rx(p, src, piece);
	p = PUT(p, "\"timestamp\":\"");
	p = put_time(p, log, when.ns, when.digits);
	p = put(p, buf_span(&log->constant));
	if (tag.len == 0)
		p = put(p, log->label_json);
	else if (plain_run(tag.at, tag.len) == tag.len)
		p = put(p, tag);
	else
		p += jstr_escape(p, tag, &t->replaced);
	p = PUT(p, "\",\"log_line\":\"");
	p += jstr_escape(p, piece->text, &t->replaced);
	*p++ = '"';
	p = put_end(p, t, piece);
	p = PUT(p, "}\n");
	return took(t, (size_t)(p - start));
}
