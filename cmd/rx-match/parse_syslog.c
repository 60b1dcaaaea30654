/* SPDX-License-Identifier: MIT */
/*
 * parse_syslog -- the header of a syslog line, of RFC 5424 or RFC 3164:
 *
 *	<PRI>1 TIME HOST APP PROCID MSGID STRUCTURED-DATA MESSAGE
 *	<PRI>TIME HOST TAG[PID]: MESSAGE
 *
 * In the older form, which senders vary, the priority, the host and the tag may
 * be absent.  Without a priority the time must have the look of syslog: the
 * name of a month, or RFC 3339 before a tag that ends with a colon.
 */
#include <string.h>
#include <sysexits.h>

#include "lib/ascii.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/num.h"

#include "parse.h"

#define HIGHEST_PRI 191
#define BOM "\357\273\277"

static const char *const facilities[] = { "kern", "user", "mail", "daemon",
	"auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
	"ntp", "security", "console", "solaris-cron", "local0", "local1",
	"local2", "local3", "local4", "local5", "local6", "local7" };
static const char *const levels[] = { "emerg", "alert", "crit", "err",
	"warning", "notice", "info", "debug" };

struct header {
	bool has_priority;
	unsigned priority;
	struct rtime_found time;
	bool has_time;
	struct span host, app, pid, msgid, data, message;
};

/* <0> to <191>, and the rest behind it. */
static bool
priority(struct span *rest, unsigned *number)
{
	size_t i = 1;

	if (rest->len < 3 || rest->at[0] != '<')
		return false;
	for (*number = 0; i < rest->len && i < 4 && is_digit(rest->at[i]); i++)
		*number = *number * 10 + (unsigned)(rest->at[i] - '0');
	if (i == 1 || i == rest->len || rest->at[i] != '>' ||
	    *number > HIGHEST_PRI || (rest->at[1] == '0' && i > 2))
		return false;
	*rest = span_skip(*rest, i + 1);
	return true;
}

static void
skip_blanks(struct span *rest)
{
	while (rest->len > 0 && rest->at[0] == ' ')
		*rest = span_skip(*rest, 1);
}

/* Up to the next blank, and that. */
static struct span
word(struct span *rest)
{
	size_t i = 0;
	struct span found;

	while (i < rest->len && rest->at[i] != ' ')
		i++;
	found = (struct span){ rest->at, i };
	*rest = span_skip(*rest, i < rest->len ? i + 1 : i);
	return found;
}

/* [id name="value" …][…], with its brackets; empty when it does not end. */
static struct span
structured_data(struct span *rest)
{
	struct span data = { rest->at, 0 };
	bool inside = false, text = false;
	size_t i = 0;

	for (; i < rest->len; i++) {
		char c = rest->at[i];

		if (!inside && c != '[')
			break;
		if (text && c == '\\')
			i++;
		else if (inside && c == '"')
			text = !text;
		else if (!text)
			inside = c != ']';
	}
	if (inside || i > rest->len)
		return data;
	data.len = i;
	*rest = span_skip(*rest, i);
	if (rest->len > 0 && rest->at[0] == ' ')
		*rest = span_skip(*rest, 1);
	return data;
}

static bool
rfc5424(struct span rest, struct header *h)
{
	struct span when;

	if (!span_starts(rest, SPAN("1 ")))
		return false;
	rest = span_skip(rest, 2);
	when = word(&rest);
	h->has_time = rtime_parse(when, &h->time) == 0;
	if (!h->has_time && !span_is(when, "-"))
		return false;
	h->host = word(&rest);
	h->app = word(&rest);
	h->pid = word(&rest);
	h->msgid = word(&rest);
	if (h->msgid.len == 0)
		return false;
	if (rest.len > 0 && rest.at[0] == '[')
		h->data = structured_data(&rest);
	else if (!span_is(word(&rest), "-"))
		return false;
	if (span_starts(rest, SPAN(BOM)))
		rest = span_skip(rest, sizeof(BOM) - 1);
	h->message = rest;
	return true;
}

/* TAG, TAG: or TAG[PID]: at the head of the rest; the colon ends it. */
static void
tag(struct span *rest, struct header *h, bool *colon)
{
	size_t i = 0, from;

	while (i < rest->len && strchr(" :[", rest->at[i]) == NULL)
		i++;
	h->app = (struct span){ rest->at, i };
	*rest = span_skip(*rest, i);
	if (rest->len > 0 && rest->at[0] == '[' && h->app.len > 0) {
		for (from = i = 1;
		     i < rest->len && rest->at[i] != ']' && rest->at[i] != ' ';
		     i++)
			;
		if (i < rest->len && rest->at[i] == ']') {
			h->pid = (struct span){ rest->at + from, i - from };
			*rest = span_skip(*rest, i + 1);
		}
	}
	*colon = rest->len > 0 && rest->at[0] == ':';
	if (*colon)
		*rest = span_skip(*rest, 1);
	h->message = *rest;
	if (rest->len > 0 && rest->at[0] == ' ')
		h->message = span_skip(*rest, 1);
}

/* The next word is no host when it ends as a tag does. */
static bool
is_tag(struct span rest)
{
	struct span w = word(&rest);

	return w.len > 0 && w.at[w.len - 1] == ':';
}

static bool
rfc3164(struct parsing *p, struct span rest, struct header *h)
{
	bool colon = false, named, dated;

	skip_blanks(&rest);
	h->has_time =
	    rtime_scan(&p->rtime, rest, p->now_ns, &h->time) && h->time.at == 0;
	if (!h->has_time) {
		tag(&rest, h, &colon);
		return h->has_priority && colon;
	}
	named = rest.len > 0 && (rest.at[0] < '0' || rest.at[0] > '9');
	dated = memchr(rest.at, 'T', h->time.len) != NULL;
	rest = span_skip(rest, h->time.len);
	if (rest.len > 0 && rest.at[0] == ':')
		rest = span_skip(rest, 1);
	skip_blanks(&rest);
	if (!is_tag(rest))
		h->host = word(&rest);
	skip_blanks(&rest);
	tag(&rest, h, &colon);
	return h->has_priority || named || (dated && colon);
}

/* Where the ] of the element that begins here stands; quotes may hold one. */
static size_t
element_end(struct span data)
{
	bool text = false;
	size_t i = 1;

	for (; i < data.len && (text || data.at[i] != ']'); i++) {
		if (text && data.at[i] == '\\')
			i++;
		else if (data.at[i] == '"')
			text = !text;
	}
	return i < data.len ? i : data.len - 1;
}

/* A backslash stands before a quote, a backslash and a ]. */
static void
add_value(struct parsing *p, struct buf *b, struct span value)
{
	buf_reset(&p->value);
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] == '\\' && i + 1 < value.len &&
		    memchr("\"\\]", value.at[i + 1], 3) != NULL)
			i++;
		buf_addc(&p->value, value.at[i]);
	}
	b->failed = b->failed || p->value.failed;
	jstr_add(b, buf_span(&p->value));
}

/* The parameters of an element, behind its id, as members of an object. */
static void
add_parameters(struct parsing *p, struct buf *b, struct span element)
{
	struct span rest = element;
	bool some = false;

	for (;;) {
		struct span name;
		const char *sign;
		size_t i = 1;

		skip_blanks(&rest);
		sign = rest.len == 0 ? NULL : memchr(rest.at, '=', rest.len);
		if (sign == NULL)
			return;
		name = (struct span){ rest.at, (size_t)(sign - rest.at) };
		rest = span_skip(rest, name.len + 1);
		skip_blanks(&rest); /* outside of the grammar, but seen */
		if (rest.len == 0 || rest.at[0] != '"')
			return;
		while (i < rest.len && rest.at[i] != '"')
			i += rest.at[i] == '\\' ? 2 : 1;
		if (i >= rest.len)
			return;
		if (some)
			buf_addc(b, ',');
		jstr_add(b, name);
		buf_addc(b, ':');
		add_value(p, b, (struct span){ rest.at + 1, i - 1 });
		rest = span_skip(rest, i + 1);
		some = true;
	}
}

/* {"id":{"name":"value"}} */
static void
add_data(struct parsing *p, struct span data)
{
	struct buf *b = &p->scratch;

	buf_reset(b);
	buf_addc(b, '{');
	while (data.len > 2) {
		struct span rest, id, element;
		size_t end = element_end(data);

		element = (struct span){ data.at + 1, end - 1 };
		rest = element;
		id = word(&rest);
		if (b->len > 1)
			buf_addc(b, ',');
		jstr_add(b, id);
		buf_adds(b, ":{");
		add_parameters(p, b, rest);
		buf_addc(b, '}');
		data = span_skip(data, end + 1);
	}
	buf_addc(b, '}');
	if (b->failed)
		die(EX_TEMPFAIL, "out of memory");
	if (b->len > 2)
		enrich_json(p->to, SPAN("data"), buf_span(b));
}

void
parse_syslog(struct parsing *p, struct span text)
{
	struct header h = { .has_time = false };
	struct span rest = text;
	char digits[NUM_DIGITS];

	if (rest.len > 0 && rest.at[rest.len - 1] == '\r')
		rest.len--;
	h.has_priority = priority(&rest, &h.priority);
	if (!(h.has_priority && rfc5424(rest, &h))) {
		h = (struct header){ h.has_priority, h.priority,
			.has_time = false };
		if (!rfc3164(p, rest, &h))
			return;
	}
	if (h.has_priority) {
		enrich_json(p->to, SPAN("priority"),
		    (struct span){ digits, num_render(digits, h.priority) });
		parsing_add(p, "facility", span_of(facilities[h.priority / 8]));
		parsing_add(p, "level", span_of(levels[h.priority % 8]));
	}
	if (h.has_time)
		parsing_add_time(p, &h.time);
	parsing_add(p, "host", h.host);
	parsing_add(p, "app", h.app);
	parsing_add(p, "pid", h.pid);
	parsing_add(p, "msgid", h.msgid);
	if (h.data.len > 0)
		add_data(p, h.data);
	if (h.message.len > 0)
		enrich_text(p->to, SPAN("message"), h.message);
}
