/*
 * A stream of records.  The prefilter hands out the lines that may match; all
 * others are dropped unread, except that each line must at least look like a
 * record: a block in which one does not is read line by line, so that what is
 * no record is told, whatever the patterns are.
 */
#include <string.h>

#include "lib/crash.h"
#include "lib/diag.h"

#include "frame.h"
#include "match.h"
#include "steps.h"

uintmax_t
line_number(const struct job *j, struct span block, const char *at)
{
	uintmax_t n = j->lines_before + 1;
	const char *p = block.at;

	while ((p = memchr(p, '\n', (size_t)(at - p))) != NULL) {
		n++;
		p++;
	}
	return n;
}

/* The text to search; a loan of the line or of j->text. */
static struct span
searched(struct job *j)
{
	struct value v;

	if (!record_get(&j->item.record, j->member, &v))
		return j->item.record.line;
	if (v.type != VALUE_STRING || !v.escaped)
		return v.text;
	buf_reset(&j->text);
	if (value_text(&v, &j->text) < 0)
		die(EX_TEMPFAIL, "out of memory");
	return buf_span(&j->text);
}

static struct span
inherited(struct job *j)
{
	struct value v;

	if (record_get(&j->item.record, "severity", &v) &&
	    v.type == VALUE_STRING)
		return v.text;
	return (struct span){ NULL, 0 };
}

static void
refuse(struct job *j, struct span block, struct span line)
{
	if (j->not_records++ == 0)
		warn("stdin: line %ju: %s, at byte %zu",
		    line_number(j, block, line.at), j->item.record.why,
		    j->item.record.offset);
}

static void
pass_control(struct job *j, struct span line)
{
	steps_settle(j);
	if (j->format != FORMAT_VIEW)
		outbuf_line(&j->out, line);
}

static void
one_line(struct job *j, struct span block, struct span line, const char *hint)
{
	bool last = j->in.torn && line.at + line.len == block.at + block.len;

	if (record_is_control(line) && !last) {
		CRASH("filter.mark");
		pass_control(j, line);
		return;
	}
	if (job_done(j))
		return;
	if (record_parse(&j->item.record, line) < 0) {
		if (!last) /* torn off: nothing depends on it */
			refuse(j, block, line);
		return;
	}
	if (record_is_control(line)) { /* whole, but for its newline */
		pass_control(j, line);
		return;
	}
	CRASH("filter.data");
	j->item.text = searched(j);
	if (judge(j, &j->item, inherited(j), hint))
		emit_record(j, &j->item);
}

void
filter_block(struct job *j, struct span block)
{
	uintmax_t lines = 0;
	bool sound = frame_is_sound(block, &lines);
	struct rex_line l;
	struct span line;
	size_t from = 0;

	j->item.now_ns = steps_any() ? rtime_now_ns() : 0;
	if (sound && j->searching && !j->invert) {
		while (rex_candidate(j->rex, block, &from, true, &l))
			one_line(j, block, l.line, l.at);
	} else {
		while (from < block.len) {
			const char *newline =
			    memchr(block.at + from, '\n', block.len - from);

			line = span_skip(block, from);
			if (newline != NULL)
				line.len = (size_t)(newline - line.at);
			from += line.len + 1;
			one_line(j, block, line, NULL);
		}
	}
	j->lines_before += lines;
	j->all_lines += lines;
}
