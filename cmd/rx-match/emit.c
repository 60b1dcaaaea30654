/* SPDX-License-Identifier: MIT */
/* What is written for what is kept. */
#include <string.h>

#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/mark.h"

#include "explain.h"
#include "highlight.h"
#include "match.h"
#include "steps.h"

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
render_classic(struct job *j, struct item *it)
{
	struct buf *b = &j->line;
	struct span rest, rx = mark_rx(it->record.line, &rest);
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
		if (item_get(it, classic[i], &v))
			add_value(b, &v);
		else
			buf_adds(b, "\"\"");
		buf_addc(b, ',');
	}
	buf_adds(b, "\"severity\":");
	buf_add(b, severity_json(it->severity));
	buf_addc(b, '}');
}

#define SEVERITY_NAME ",\"severity\":"

/* With a severity behind its last member, or NONE. */
static void
write_line(struct job *j, struct span line, enum severity severity)
{
	static const char name[] = SEVERITY_NAME;
	struct span json;
	char *to;
	size_t n;

	if (severity == SEVERITY_NONE) { /* as it came */
		outbuf_line(&j->out, line);
		return;
	}
	json = severity_json(severity);
	n = line.len + sizeof(name) - 1 + json.len;
	if ((to = outbuf_room(&j->out, n + 1)) == NULL)
		return; /* the next flush tells */
	memcpy(to, line.at, line.len - 1);
	to += line.len - 1;
	memcpy(to, name, sizeof(name) - 1);
	to += sizeof(name) - 1;
	memcpy(to, json.at, json.len);
	to += json.len;
	memcpy(to, "}\n", 2);
	outbuf_took(&j->out, n + 1);
}

/*
 * The usual case: nothing to replace, and the brace is the last byte.  The
 * record goes into the output without a stop between.
 */
static bool
append(struct job *j, struct item *it)
{
	const struct span line = it->record.line;
	const size_t most = RECORD_MAX - (sizeof(SEVERITY_NAME) - 1) -
	    severity_json(it->severity).len;
	struct value v;

	if (it->severity != SEVERITY_NONE &&
	    (line.at[line.len - 1] != '}' || it->record.n_members == 0 ||
		line.len > most || record_get(&it->record, "severity", &v)))
		return false;
	write_line(j, line, it->severity);
	return true;
}

static struct span
rendered(struct job *j)
{
	if (j->line.failed)
		die(EX_TEMPFAIL, "out of memory");
	return buf_span(&j->line);
}

/* A text that outlives the next item_text(). */
static struct span
kept_text(struct item *it, const char *name, struct buf *b)
{
	buf_reset(b);
	buf_add(b, item_text(it, name));
	if (b->failed)
		die(EX_TEMPFAIL, "out of memory");
	return buf_span(b);
}

/* What was searched, as the steps have left it. */
static struct span
text_now(struct job *j, struct item *it)
{
	struct value v;

	if (it->n_noted == 0 || !item_find(it, &j->member, &v))
		return it->text;
	return item_string(it, &v);
}

static void
view_record(struct job *j, struct item *it)
{
	static const char *const names[] = { "label", "application",
		"log_path" };
	struct view v = { .severity = it->severity,
		.coloured = j->coloured,
		.rex = highlight_of(j, it) };
	struct value time;

	/* A time needs no escape; what has one is shown as it is spelled. */
	if (item_get(it, "timestamp", &time) && time.type == VALUE_STRING)
		v.time = time.text;
	for (size_t i = 0;
	     v.name.len == 0 && i < sizeof(names) / sizeof(*names); i++)
		v.name = kept_text(it, names[i], &j->label);
	if (span_is(v.name, "-")) /* standard input, as a path */
		v.name.len = 0;
	v.text = text_now(j, it);
	buf_reset(&j->line);
	view_render(&j->line, &v);
	outbuf_line(&j->out, rendered(j));
}

static void
write_json(struct job *j, struct item *it)
{
	struct span line;

	if (it->limited)
		item_set(it, SPAN("match_error"), SPAN("\"limit\""));
	if (it->around)
		item_set(it, SPAN("context"), SPAN("true"));
	if (j->format == FORMAT_JSON && it->n_noted == 0 && append(j, it))
		return;
	buf_reset(&j->line);
	if (j->format == FORMAT_CLASSIC)
		render_classic(j, it);
	else
		item_render(it, &j->line);
	line = rendered(j);
	if (line.len > RECORD_MAX && it->binding) {
		j->overlong++;
		return;
	}
	if (line.len > RECORD_MAX) {
		j->too_large++;
		line = it->record.line;
	}
	outbuf_line(&j->out, line);
}

static void
write_record(struct job *j, struct item *it)
{
	if (j->format == FORMAT_RAW)
		raw_line(j, it, text_now(j, it));
	else if (j->format == FORMAT_VIEW)
		view_record(j, it);
	else
		write_json(j, it);
}

/* Counts it, and says whether it is to be written. */
static bool
count(struct job *j, struct item *it)
{
	j->kept++;
	j->all_kept++;
	if (j->counting || j->listing || j->format == FORMAT_REPORT)
		return false;
	it->number = j->numbered ? number_of(&j->number, it->line.at) : 0;
	if (j->context.on)
		context_kept(j, it->line);
	return true;
}

void
emit_record(struct job *j, struct item *it)
{
	bool kept = !steps_any() || steps_take(j, it);

	if (j->explaining)
		explain_end(j, it, kept);
	if (kept && count(j, it))
		write_record(j, it);
}

void
emit_repeated(struct job *j, struct span line, enum severity severity)
{
	j->item.line = line;
	if (count(j, &j->item))
		write_line(j, line, severity);
}

void
emit_made(struct job *j, struct item *it)
{
	if (!j->counting && !j->listing && j->format != FORMAT_REPORT)
		write_record(j, it);
}

static void
add_text(struct buf *b, struct span s, uintmax_t *replaced)
{
	char *room;

	buf_addc(b, '"');
	if ((room = buf_room(b, JSTR_ESCAPE_MAX(s.len))) != NULL)
		buf_took(b, jstr_escape(room, s, replaced));
	buf_addc(b, '"');
}

static struct span
time_of(struct job *j, const struct item *it, char text[RTIME_MAX])
{
	struct rtime_found found;

	if (!rtime_scan(&j->rtime, it->text, it->now_ns, &found))
		found = (struct rtime_found){ .ns = it->now_ns,
			.digits = READ_DIGITS };
	return (
	    struct span){ text, rtime_render(text, found.ns, found.digits) };
}

/* Without its closing brace. */
static void
render_text(struct job *j, const struct item *it, bool all, struct buf *b)
{
	char digits[RTIME_MAX];

	buf_reset(b);
	buf_adds(b, "{\"timestamp\":\"");
	buf_add(b, time_of(j, it, digits));
	buf_adds(b,
	    all ? "\",\"system_ip\":\"\",\"log_path\":" : "\",\"log_path\":");
	add_text(b, span_of(j->name), &j->replaced);
	buf_adds(
	    b, all ? ",\"application\":\"\",\"log_line\":" : ",\"log_line\":");
	add_text(b, it->text, &j->replaced);
}

static void
view_line(struct job *j, const struct item *it)
{
	char digits[RTIME_MAX];
	const struct view v = { .severity = it->severity,
		.time = time_of(j, it, digits),
		.name = span_of(strcmp(j->name, "-") == 0 ? "" : j->name),
		.text = it->text,
		.coloured = j->coloured,
		.rex = highlight_of(j, it) };

	buf_reset(&j->line);
	view_render(&j->line, &v);
	outbuf_line(&j->out, rendered(j));
}

static void
write_text(struct job *j, struct item *it)
{
	bool all = j->format == FORMAT_CLASSIC;
	struct buf *b = &j->line;

	if (j->format == FORMAT_RAW) {
		raw_line(j, it, it->text);
		return;
	}
	if (j->format == FORMAT_VIEW) {
		view_line(j, it);
		return;
	}
	render_text(j, it, all, b);
	buf_adds(b, ",\"severity\":");
	buf_add(b, severity_json(it->severity));
	if (it->limited && !all)
		buf_adds(b, ",\"match_error\":\"limit\"");
	if (it->around && !all)
		buf_adds(b, ",\"context\":true");
	buf_addc(b, '}');
	if (rendered(j).len > RECORD_MAX) /* escaped, it is too much */
		j->overlong++;
	else
		outbuf_line(&j->out, buf_span(b));
}

/* Steps take records: the line becomes one, whatever is written of it. */
static bool
make_record(struct job *j, struct item *it)
{
	item_reset(it);
	render_text(j, it, false, &it->made);
	buf_addc(&it->made, '}');
	if (it->made.failed)
		die(EX_TEMPFAIL, "out of memory");
	if (record_parse(&it->record, buf_span(&it->made)) == 0)
		return true;
	j->overlong++; /* escaped it is more than a record may hold */
	return false;
}

void
emit_text(struct job *j, struct item *it)
{
	if (!steps_any()) {
		if (j->explaining)
			explain_end(j, it, true);
		if (count(j, it))
			write_text(j, it);
	} else if (make_record(j, it))
		emit_record(j, it);
}

void
emit_around(struct job *j, struct span line, uintmax_t number)
{
	struct item *it = &j->around;

	if (j->records && (record_is_control(line) || !item_read(j, it, line)))
		return;
	if (!j->records)
		it->line = it->text = line;
	it->around = true;
	it->number = number;
	it->now_ns = j->item.now_ns;
	if (j->classing)
		judge_severity(j, it);
	if (!j->records && !steps_any()) {
		write_text(j, it);
	} else if (j->records || make_record(j, it)) {
		steps_of_context(j, it);
		write_record(j, it);
	}
}

void
emit_apart(struct job *j)
{
	if (j->format == FORMAT_RAW || j->format == FORMAT_VIEW)
		raw_apart(j);
}
