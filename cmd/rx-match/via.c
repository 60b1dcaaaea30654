/* SPDX-License-Identifier: MIT */
#include "via.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/lines.h"
#include "lib/notify.h"
#include "lib/num.h"
#include "lib/outbuf.h"
#include "lib/record.h"
#include "lib/stats.h"
#include "lib/stop.h"

#include "via_command.h"

#define SILENCE_MS (60 * 1000) /* in a marked stream, unless told */
#define MOST_SILENCE (7 * 24 * 3600 * NUM_S)

static const char *command;
static bool accepted[256];
static bool accepting; /* told what */
static int64_t silence_ms = -1; /* -1: not told */

struct via {
	struct command command;
	struct lines in;
	struct outbuf out;
	struct record record;
	struct span rest; /* of the block at hand, not looked at */
	bool over; /* of the input */
	bool marked; /* a control record has come */
	struct buf held; /* the control record that CMD's end is awaited for */
	uintmax_t lines, controls; /* that were read, and of those */
	uintmax_t
	    made; /* lines that CMDs wrote beyond those of their segment */
	uintmax_t given, answered; /* data and answers before this segment */
};

void
via_option(const char *text)
{
	command = text;
}

void
via_accept_option(const char *list)
{
	const char *why = "is no number";
	uint64_t status;

	memset(accepted, 0, sizeof(accepted));
	accepting = true;
	for (;;) {
		struct span one = { list, strcspn(list, ",") };

		if (num_u64(one, &status, &why) < 0)
			die(EX_USAGE, "--via-accept %s: %s", list, why);
		if (status > 255)
			die(EX_USAGE, "--via-accept %s: more than 255", list);
		accepted[status] = true;
		if (one.at[one.len] == '\0')
			return;
		list += one.len + 1;
	}
}

void
via_timeout_option(const char *duration)
{
	silence_ms =
	    num_opt_duration("--via-timeout", duration, NUM_MS, MOST_SILENCE) /
	    NUM_MS;
}

bool
via_asked(void)
{
	return command != NULL || accepting || silence_ms >= 0;
}

/* -- control records ------------------------------------------------------------ */

size_t
via_next_control(struct span lines)
{
	static const char mark[] = "\n" RECORD_CONTROL;
	const char *at;

	if (record_is_control(lines))
		return 0;
	at = memmem(lines.at, lines.len, mark, sizeof(mark) - 1);
	return at == NULL ? lines.len : (size_t)(at + 1 - lines.at);
}

uintmax_t
via_lines_of(struct span block)
{
	uintmax_t n = block.len > 0 && block.at[block.len - 1] != '\n';
	const char *end = block.at + block.len, *at = block.at;

	while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		at++;
		n++;
	}
	return n;
}

static void
pass(struct via *v, struct span control)
{
	outbuf_add(&v->out, control);
	if (outbuf_flush(&v->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
}

/* -- the input ----------------------------------------------------------------------- */

/* A torn record is discarded; a whole one has only lost its newline. */
static struct span
mend(struct via *v, struct span block)
{
	const char *newline = memrchr(block.at, '\n', block.len);
	size_t whole = newline == NULL ? 0 : (size_t)(newline + 1 - block.at);

	if (record_parse(&v->record, span_skip(block, whole)) < 0)
		return (struct span){ block.at, whole };
	return block;
}

/* The lines of the segment at hand, and those the command made of them so far. */
static void
segment(const struct via *v, uintmax_t *in, uintmax_t *out)
{
	*in = v->lines - v->controls - v->given;
	*out = v->command.answered - v->answered;
}

/* Beyond those of the segment at hand. */
static uintmax_t
made(const struct via *v)
{
	uintmax_t in, out;

	segment(v, &in, &out);
	return out > in ? out - in : 0;
}

/* What the command may still write or leave out. */
static uintmax_t
held(const struct via *v)
{
	uintmax_t in, out;

	segment(v, &in, &out);
	return in > out ? in - out : 0;
}

/* No command, no segment: the next line is the first of another. */
static void
segment_ended(struct via *v)
{
	v->made += made(v);
	v->given = v->lines - v->controls;
	v->answered = v->command.answered;
}

/* What is left of the block, up to a control record that has to wait. */
static void
look(struct via *v)
{
	while (v->rest.len > 0 && v->held.len == 0) {
		size_t n = via_next_control(v->rest);
		const char *newline;
		struct span control;

		if (n > 0 && !v->command.running)
			command_start(&v->command);
		if (n > 0)
			command_give(
			    &v->command, (struct span){ v->rest.at, n });
		v->lines += via_lines_of((struct span){ v->rest.at, n });
		v->rest = span_skip(v->rest, n);
		if (v->rest.len == 0)
			return;
		newline = memchr(v->rest.at, '\n', v->rest.len);
		control = v->rest;
		if (newline != NULL)
			control.len = (size_t)(newline + 1 - control.at);
		v->rest = span_skip(v->rest, control.len);
		v->marked = true;
		v->lines++;
		v->controls++;
		if (!v->command.running) {
			pass(v, control);
			continue;
		}
		buf_add(&v->held, control);
		if (v->held.failed)
			die(EX_TEMPFAIL, "out of memory");
	}
}

static bool
hungry(const struct via *v)
{
	return !v->over && v->held.len == 0 && v->rest.len == 0 &&
	    command_behind(&v->command) < VIA_HELD;
}

static void
take(struct via *v)
{
	int got;

	look(v);
	while (hungry(v) && lines_ready(&v->in)) {
		if ((got = lines_block(&v->in, &v->rest)) < 0)
			die_sys(EX_IOERR, "unable to read stdin");
		if (got == 0) {
			v->over = true;
			v->rest.len = 0;
		} else if (v->in.torn)
			v->rest = mend(v, v->rest);
		look(v);
	}
	/* Nothing more can come of it; a marked stream goes on with its next. */
	if (v->command.running && command_deaf(&v->command) && !v->marked)
		v->over = true;
	if (v->command.running && (v->held.len > 0 || v->over))
		command_end(&v->command);
}

/*
 * How long CMD may be silent.  Behind a mark others wait; a command that all
 * of a plain stream goes through may sort it for as long as it likes.
 */
static int64_t
patience(const struct via *v)
{
	if (silence_ms >= 0)
		return silence_ms;
	return v->marked || command_deaf(&v->command) ? SILENCE_MS : -1;
}

static void
await(struct via *v)
{
	const bool wanting = hungry(v);
	struct pollfd fds[1 + COMMAND_FDS] = { { wanting ? STDIN_FILENO : -1,
	    POLLIN, 0 } };
	int64_t ms = command_poll(&v->command, fds + 1, !wanting, patience(v));

	if (outbuf_flush(&v->out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	if (stop_wait(fds, 1 + COMMAND_FDS, ms) < 0)
		die_sys(EX_IOERR, "unable to wait");
	command_turn(&v->command, fds + 1, &v->out);
	if (!v->command.running)
		segment_ended(v);
	if ((fds[0].revents != 0 || (stop_asked() && wanting)) &&
	    lines_fill(&v->in) < 0)
		die_sys(EX_IOERR, "unable to read stdin");
	if (!v->command.running && v->held.len > 0) {
		pass(v, buf_span(&v->held));
		buf_reset(&v->held);
	}
}

static void
status(void *arg)
{
	const struct via *v = arg;

	info("%ju segments, %ju lines too long", v->command.started,
	    v->command.overlong + v->in.overlong);
}

static void
render(void *arg, struct buf *b)
{
	const struct via *v = arg;
	const struct stats_label reason = { "reason", "too_long" };

	stats_one(b, "rx_match_read_lines_total", STATS_COUNTER,
	    "Lines that were read.", v->lines + v->in.overlong);
	stats_one(b, "rx_match_control_records_total", STATS_COUNTER,
	    "Of these, marks and their like, which pass.", v->controls);
	stats_one(b, "rx_match_made_records_total", STATS_COUNTER,
	    "Lines that the command wrote beyond those it read, by segment.",
	    v->made + made(v));
	stats_one(b, "rx_match_kept_records_total", STATS_COUNTER,
	    "Lines that the command wrote.", v->command.answered);
	stats_one(b, "rx_match_held_records", STATS_GAUGE,
	    "Lines of the segment at hand that the command has not answered.",
	    held(v));
	stats_family(b, "rx_match_refused_total", STATS_COUNTER,
	    "What was refused, by reason.");
	stats_value(b, "rx_match_refused_total", &reason, 1,
	    v->command.overlong + v->in.overlong);
	stats_one(b, "rx_match_segments_total", STATS_COUNTER,
	    "Segments that went through the command.", v->command.started);
}

static void
give_up_privileges(const char *stats)
{
	char dir[PATH_MAX];
	bool ok;

	if (stats == NULL)
		ok = confine("stdio") == 0;
	else
		ok = snprintf(dir, sizeof(dir), "%s", stats) <
			(int)sizeof(dir) &&
		    confine_allow(dirname(dir), "rwc") == 0 &&
		    confine("stdio rpath wpath cpath") == 0;
	if (!ok)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
}

int
via_main(bool checking, const char *stats)
{
	struct via v = { .over = false };
	uintmax_t overlong;
	int stop_fd;

	if (command == NULL)
		die(EX_USAGE, "--via-accept and --via-timeout need --via");
	if (!accepting)
		accepted[0] = true;
	if (checking)
		return EX_OK;
	if (command_init(&v.command, command, accepted) < 0)
		die_sys(EX_TEMPFAIL, "unable to fork");
	if ((stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	stop_reader(STDOUT_FILENO);
	stop_on_status(status, &v);
	lines_init(&v.in, STDIN_FILENO, stop_fd);
	if (stats != NULL)
		stats_to(stats, render, &v);
	give_up_privileges(stats);
	notify_ready("loop started");
	outbuf_init(&v.out, STDOUT_FILENO);
	record_init(&v.record);
	buf_init(&v.held);
	for (;;) {
		take(&v);
		if (v.over && !v.command.running)
			break;
		await(&v);
	}
	if (outbuf_close(&v.out) < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	stats_end();
	overlong = v.command.overlong + v.in.overlong;
	if (overlong > 0)
		warn("%ju lines dropped that are too long", overlong);
	lines_release(&v.in);
	record_release(&v.record);
	buf_release(&v.held);
	command_release(&v.command);
	return overlong > 0 ? EX_PARTLY : EX_OK;
}
