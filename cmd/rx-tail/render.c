#include "cmd/rx-tail/render.h"

#include <fnmatch.h>
#include <string.h>

#include "cmd/rx-tail/patterns.h"
#include "cmd/rx-tail/tag.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/num.h"

#define FIXED 256 /* what _rx and the punctuation need at most */
#define TAG_MAX 48
#define DAY_NS (24 * 3600 * NUM_S)

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
	return log->base;
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
	rtime_init(&log->rtime, NULL);
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

/* "10:00:00.123" at dst, so long after midnight. */
static void
put_clock(char *dst, int64_t ns, unsigned digits)
{
	const unsigned s = (unsigned)(ns / NUM_S);
	unsigned fraction = (unsigned)(ns % NUM_S);

	put_pair(dst, s / 3600);
	put_pair(dst + 3, s / 60 % 60);
	put_pair(dst + 6, s % 60);
	if (digits == 0)
		return;
	for (unsigned i = 9; i > digits; i--)
		fraction /= 10;
	for (dst += 9; digits-- > 0; fraction /= 10)
		dst[digits] = (char)('0' + fraction % 10);
}

/*
 * Of lines that follow one another the times are mostly the same, or differ in
 * the clock; the calendar, which is what costs, is asked once a day.  The text
 * kept is that of the first time: to put the clock into it and copy it then
 * would be to load what was just stored piece by piece, which stalls.
 */
static char *
put_time(char *p, struct log *log, int64_t ns, unsigned digits)
{
	static const size_t date = sizeof("2026-01-05T") - 1;
	const int64_t days = ns / DAY_NS;

	if (log->time.len == 0 || digits != log->time.digits ||
	    log->time.ns < 0 || ns < 0 || log->time.ns / DAY_NS != days) {
		log->time.len = rtime_render(log->time.text, ns, digits);
		log->time.ns = ns;
		log->time.digits = digits;
	}
	/* All of it: a length that is known at compile time needs no call. */
	memcpy(p, log->time.text, RTIME_MAX);
	if (ns != log->time.ns)
		put_clock(p + date, ns - days * DAY_NS, digits);
	return p + log->time.len;
}

size_t
render_piece(
    struct tail *t, struct log *log, const char *src, const struct piece *piece)
{
	struct rtime_found when;
	struct span tag = { NULL, 0 };
	bool timed;
	char *start, *p;

	start = p = outbuf_room(&t->out,
	    FIXED + log->constant.len + log->label_json.len +
		JSTR_ESCAPE_MAX(TAG_MAX + piece->text.len));
	if (p == NULL)
		return 0;
	timed = rtime_scan(&log->rtime, piece->text, piece->read_ns, &when);
	*p++ = '{';
	if (t->marks)
		p = put_rx(p, src, piece);
	p = PUT(p, "\"timestamp\":\"");
	p = timed ? put_time(p, log, when.ns, when.digits)
		  : put_time(p, log, piece->read_ns, 3);
	p = put(p, buf_span(&log->constant));
	if (timed && tag_scan(piece->text, &when, &tag))
		p += jstr_escape(p, tag, &t->replaced);
	else
		p = put(p, log->label_json);
	p = PUT(p, "\",\"log_line\":\"");
	p += jstr_escape(p, piece->text, &t->replaced);
	p = PUT(p, "\"}\n");
	outbuf_took(&t->out, (size_t)(p - start));
	return (size_t)(p - start);
}
