/* SPDX-License-Identifier: MIT */
/*
 * A stream of records.  The prefilter hands out the lines that may match; all
 * others are dropped unread, except that each line must at least look like a
 * record: a block in which one does not is read line by line, so that what is
 * no record is told, whatever the patterns are.
 */
#include <string.h>

#include "lib/crash.h"
#include "lib/diag.h"
#include "lib/stop.h"

#include "frame.h"
#include "match.h"
#include "reject.h"
#include "repeat.h"
#include "steps.h"

#define MARKS_WAIT_MS 1000
#define MARKS_MOST (32 * 1024) /* below what outbuf writes by itself */

void
item_search(const struct job *j, struct item *it)
{
	struct value v;

	it->text = it->record.line;
	it->seen = (struct severity_seen){ .worst = SEVERITY_NONE };
	if (!item_find(it, &j->member, &v))
		return;
	it->text = v.text;
	if (v.type != VALUE_STRING || !v.escaped)
		return;
	buf_reset(&it->searched);
	if (value_text(&v, &it->searched) < 0)
		die(EX_TEMPFAIL, "out of memory");
	it->spelled = v.text;
	it->text = buf_span(&it->searched);
}

bool
item_read(const struct job *j, struct item *it, struct span line)
{
	it->line = line;
	item_reset(it);
	if (record_parse(&it->record, line) < 0)
		return false;
	item_search(j, it);
	return true;
}

static void
refuse(struct job *j, struct span line)
{
	if (j->not_records++ == 0)
		warn("stdin: line %ju: %s, at byte %zu",
		    number_of(&j->number, line.at), j->item.record.why,
		    j->item.record.offset);
	reject_line(j, line, j->item.record.why);
}

void
filter_release(struct job *j)
{
	if (j->control.len > 0)
		outbuf_line(&j->out, buf_span(&j->control));
	buf_reset(&j->control);
}

/*
 * Where nothing matches a mark comes with each read, and would wake who stores it
 * for nothing: rx-spool push waits with such a mark too, for what comes next.
 * One that covers what was passed on since the last may not wait, nor the first
 * behind its begin, with which the promise of a new lane starts.
 */
static void
pass_mark(struct job *j, struct span line)
{
	uintmax_t before = outbuf_total(&j->out);
	bool alone = before == j->mark_end;

	if (before == j->out.written)
		j->marks_ms = stop_now_ms();
	outbuf_line(&j->out, line);
	j->mark_end = outbuf_total(&j->out);
	if (!alone)
		j->now_end = j->mark_end;
}

int64_t
filter_due_ms(const struct job *j)
{
	uintmax_t end = outbuf_total(&j->out), written = j->out.written;
	int64_t left_ms;

	if (end == written)
		return -1;
	if (end != j->mark_end || j->now_end > written ||
	    end - written > MARKS_MOST)
		return 0;
	left_ms = j->marks_ms + MARKS_WAIT_MS - stop_now_ms();
	return left_ms > 0 ? left_ms : 0;
}

static void
pass_control(struct job *j, struct span block, struct span line)
{
	bool last = line.at + line.len + 1 >= block.at + block.len;

	j->controls++;
	filter_release(j);
	if (j->context.on)
		context_cut(j, line);
	steps_settle(j);
	reject_settle();
	if (j->format == FORMAT_VIEW || j->format == FORMAT_REPORT)
		return;
	if (last && steps_holding()) {
		buf_add(&j->control, line);
		if (j->control.failed)
			die(EX_TEMPFAIL, "out of memory");
	} else if (span_starts(line, SPAN(RECORD_CONTROL "mark\"")))
		pass_mark(j, line);
	else
		outbuf_line(&j->out, line);
}

static void
one_line(struct job *j, struct span block, struct span line, const char *hint)
{
	bool last = j->in.torn && line.at + line.len == block.at + block.len;
	enum severity severity;

	if (record_is_control(line) && !last) {
		CRASH("filter.mark");
		pass_control(j, block, line);
		return;
	}
	if (job_done(j))
		return;
	if (j->repeating && hint != NULL &&
	    repeat_find(line, hint, &severity)) {
		CRASH("filter.data");
		emit_repeated(j, line, severity);
		return;
	}
	if (!item_read(j, &j->item, line)) {
		if (!last) /* torn off: nothing depends on it */
			refuse(j, line);
		return;
	}
	if (record_is_control(line)) { /* whole, but for its newline */
		pass_control(j, block, line);
		return;
	}
	CRASH("filter.data");
	if (!judge(j, &j->item, hint))
		return;
	emit_record(j, &j->item);
	if (j->repeating && hint != NULL)
		repeat_keep(&j->item, hint);
}

void
filter_block(struct job *j, struct span block)
{
	uintmax_t lines = 0;
	bool sound = frame_is_sound(block, &lines);
	struct rex_line l;
	struct span line;
	size_t from = 0;

	filter_release(j);
	j->item.now_ns = steps_any() ? rtime_now_ns() : 0;
	number_block(&j->number, block);
	if (j->context.on)
		context_block(&j->context, block);
	if (sound && j->sieve != NULL) {
		while (rex_candidate(j->sieve, block, &from, true, &l))
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
	if (j->context.on)
		context_block_end(j);
	number_lines(&j->number, lines);
	j->all_lines += lines;
}
