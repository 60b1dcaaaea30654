/* What is written for what is kept. */
#include <string.h>

#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/mark.h"

#include "match.h"

#define READ_DIGITS 3 /* of the fraction, when a line states no time */

static const char *const classic[] = { "timestamp", "system_ip", "log_path",
	"application", "log_line" };
#define N_CLASSIC (sizeof(classic) / sizeof(*classic))

static void
add_value(struct buf *b, const struct value *v)
{
	bool string = v->type == VALUE_STRING;

	if (string)
		buf_addc(b, '"');
	buf_add(b, v->text);
	if (string)
		buf_addc(b, '"');
}

/* these members, in this order, and nothing else but _rx. */
static void
render_classic(struct job *j, enum severity severity)
{
	struct buf *b = &j->line;
	struct span rest, rx = mark_rx(j->record.line, &rest);
	struct value v;

	buf_addc(b, '{');
	/* Rendered compactly, what somebody wrote must not become a mark. */
	if (rx.len > 0 && !span_starts(rx, SPAN("{\"k\":\""))) {
		buf_adds(b, "\"_rx\":");
		buf_add(b, rx);
		buf_addc(b, ',');
	}
	for (size_t i = 0; i < N_CLASSIC; i++) {
		buf_addc(b, '"');
		buf_adds(b, classic[i]);
		buf_adds(b, "\":");
		if (record_get(&j->record, classic[i], &v))
			add_value(b, &v);
		else
			buf_adds(b, "\"\"");
		buf_addc(b, ',');
	}
	buf_adds(b, "\"severity\":");
	buf_add(b, severity_json(severity));
	buf_addc(b, '}');
}

static void
splice(struct job *j, const struct verdict *v)
{
	const struct change changes[] = {
		{ SPAN("severity"), severity_json(v->severity) },
		{ SPAN("match_error"), SPAN("\"limit\"") },
	};

	record_splice(&j->record, changes, v->limited ? 2 : 1, &j->line);
}

/*
 * The usual case: nothing to replace, and the brace is the last byte.  The
 * record goes into the output without a stop between.
 */
static bool
append(struct job *j, enum severity severity)
{
	static const char name[] = ",\"severity\":";
	struct span line = j->record.line, json = severity_json(severity);
	size_t n = line.len + sizeof(name) - 1 + json.len;
	struct value v;
	char *to;

	if (line.at[line.len - 1] != '}' || j->record.n_members == 0 ||
	    n > RECORD_MAX || record_get(&j->record, "severity", &v))
		return false;
	if ((to = outbuf_room(&j->out, n + 1)) == NULL)
		return true; /* the next flush tells */
	memcpy(to, line.at, line.len - 1);
	to += line.len - 1;
	memcpy(to, name, sizeof(name) - 1);
	to += sizeof(name) - 1;
	memcpy(to, json.at, json.len);
	to += json.len;
	memcpy(to, "}\n", 2);
	outbuf_took(&j->out, n + 1);
	return true;
}

static void
count(struct job *j)
{
	j->kept++;
	j->all_kept++;
}

static struct span
rendered(struct job *j)
{
	if (j->line.failed)
		die(EX_TEMPFAIL, "out of memory");
	return buf_span(&j->line);
}

/* A member as text; a loan, or unescaped into b. */
static struct span
text_of(struct job *j, const char *name, struct buf *b)
{
	struct value v;

	if (!record_get(&j->record, name, &v) || v.type != VALUE_STRING)
		return (struct span){ NULL, 0 };
	if (!v.escaped)
		return v.text;
	buf_reset(b);
	if (value_text(&v, b) < 0)
		die(EX_TEMPFAIL, "out of memory");
	return buf_span(b);
}

static void
view_record(struct job *j, enum severity severity, struct span text)
{
	static const char *const names[] = { "label", "application",
		"log_path" };
	struct view v = {
		.severity = severity, .text = text, .coloured = j->coloured
	};
	struct value time;

	/* A time needs no escape; what has one is shown as it is spelled. */
	if (record_get(&j->record, "timestamp", &time) &&
	    time.type == VALUE_STRING)
		v.time = time.text;
	for (size_t i = 0;
	     v.name.len == 0 && i < sizeof(names) / sizeof(*names); i++)
		v.name = text_of(j, names[i], &j->label);
	buf_reset(&j->line);
	view_render(&j->line, &v);
	outbuf_line(&j->out, rendered(j));
}

void
emit_record(struct job *j, const struct verdict *v, struct span text)
{
	struct span line;

	count(j);
	if (j->counting)
		return;
	if (j->format == FORMAT_RAW) {
		outbuf_line(&j->out, text);
		return;
	}
	if (j->format == FORMAT_VIEW) {
		view_record(j, v->severity, text);
		return;
	}
	if (j->format == FORMAT_JSON && !v->limited && append(j, v->severity))
		return;
	buf_reset(&j->line);
	if (j->format == FORMAT_CLASSIC)
		render_classic(j, v->severity);
	else
		splice(j, v);
	line = rendered(j);
	if (line.len > RECORD_MAX) {
		j->too_large++;
		line = j->record.line;
	}
	outbuf_line(&j->out, line);
}

static void
add_text(struct job *j, struct span s)
{
	char *room;

	buf_addc(&j->line, '"');
	if ((room = buf_room(&j->line, JSTR_ESCAPE_MAX(s.len))) != NULL)
		buf_took(&j->line, jstr_escape(room, s, &j->replaced));
	buf_addc(&j->line, '"');
}

static size_t
render_time(
    struct job *j, char text[RTIME_MAX], struct span line, int64_t now_ns)
{
	struct rtime_found found;

	if (!rtime_scan(&j->rtime, line, now_ns, &found))
		found =
		    (struct rtime_found){ .ns = now_ns, .digits = READ_DIGITS };
	return rtime_render(text, found.ns, found.digits);
}

static void
view_line(
    struct job *j, enum severity severity, struct span line, struct span time)
{
	const struct view v = { .severity = severity,
		.time = time,
		.name = span_of(strcmp(j->name, "-") == 0 ? "" : j->name),
		.text = line,
		.coloured = j->coloured };

	buf_reset(&j->line);
	view_render(&j->line, &v);
	outbuf_line(&j->out, rendered(j));
}

void
emit_text(
    struct job *j, const struct verdict *v, struct span line, int64_t now_ns)
{
	bool all = j->format == FORMAT_CLASSIC;
	struct buf *b = &j->line;
	char digits[RTIME_MAX];
	struct span time = { digits, 0 };

	if (j->counting || j->format == FORMAT_RAW) {
		count(j);
		if (!j->counting)
			outbuf_line(&j->out, line);
		return;
	}
	time.len = render_time(j, digits, line, now_ns);
	if (j->format == FORMAT_VIEW) {
		count(j);
		view_line(j, v->severity, line, time);
		return;
	}
	buf_reset(b);
	buf_adds(b, "{\"timestamp\":\"");
	buf_add(b, time);
	buf_adds(b,
	    all ? "\",\"system_ip\":\"\",\"log_path\":" : "\",\"log_path\":");
	add_text(j, span_of(j->name));
	buf_adds(
	    b, all ? ",\"application\":\"\",\"log_line\":" : ",\"log_line\":");
	add_text(j, line);
	buf_adds(b, ",\"severity\":");
	buf_add(b, severity_json(v->severity));
	if (v->limited && !all)
		buf_adds(b, ",\"match_error\":\"limit\"");
	buf_addc(b, '}');
	if (rendered(j).len > RECORD_MAX) {
		/* Escaped, the line is more than a record may hold. */
		j->overlong++;
		return;
	}
	count(j);
	outbuf_line(&j->out, buf_span(b));
}
