/* SPDX-License-Identifier: MIT */
#include "age.h"

#include <string.h>

#include "lib/diag.h"
#include "lib/num.h"
#include "lib/rtime.h"
#include "lib/stats.h"

#include "explain.h"
#include "match.h"
#include "reject.h"
#include "settings.h"
#include "when.h"

#define MOST_AGE (36500 * 24 * INT64_C(3600) * NUM_S) /* 100 years */
#define HOUR (3600.0 * (double)NUM_S)
#define DIGITS 3 /* of a time that is set */

static const char *const old_names[] = { "drop", "keep", "clamp", "reject" };
enum old { OLD_DROP, OLD_KEEP, OLD_CLAMP, OLD_REJECT, OLDS };

struct window {
	int64_t max_ns, future_ns; /* -1: not asked about */
	enum old old;
	bool old_given;
};
#define NO_WINDOW \
	{ \
		.max_ns = -1, .future_ns = -1 \
	}

static struct {
	struct window now, before; /* what options say; until it is adopted */
	uintmax_t old_seen, future_seen, untimed;
} age = { .now = NO_WINDOW };

const char *
age_max_option(const char *duration)
{
	steps_use(&age_step);
	return settings_duration(duration, 0, MOST_AGE, &age.now.max_ns);
}

const char *
age_future_option(const char *duration)
{
	steps_use(&age_step);
	return settings_duration(duration, 0, MOST_AGE, &age.now.future_ns);
}

const char *
age_old_option(const char *what)
{
	age.now.old = OLD_DROP;
	while (age.now.old < OLDS && strcmp(what, old_names[age.now.old]) != 0)
		age.now.old++;
	if (age.now.old == OLDS)
		return "keep, drop, clamp or reject";
	age.now.old_given = true;
	steps_use(&age_step);
	return NULL;
}

static void
forget(void)
{
	age.before = age.now;
	age.now = (struct window)NO_WINDOW;
}

static const char *
check(void)
{
	if (age.now.old_given && age.now.max_ns < 0)
		return "--old needs --max-age";
	if (age.now.old == OLD_REJECT && !reject_asked())
		return "--old reject needs --reject FILE";
	return NULL;
}

static void
adopt(struct job *j, bool good)
{
	(void)j;
	if (!good)
		age.now = age.before;
}

static void
set_time(struct item *it, int64_t ns)
{
	char text[RTIME_MAX], was[WHEN_TEXT];
	struct value v;
	size_t n;

	if (!item_get(it, "timestamp_original", &v) &&
	    item_get(it, "timestamp", &v)) {
		memcpy(was, v.text.at, n = v.text.len);
		item_set_text(
		    it, SPAN("timestamp_original"), (struct span){ was, n });
	}
	item_set_text(it, SPAN("timestamp"),
	    (struct span){ text, rtime_render(text, ns, DIGITS) });
}

/* Up to what the last digit that is written can say. */
static int64_t
round_up(int64_t ns)
{
	return ns + (NUM_MS - ns % NUM_MS) % NUM_MS;
}

/* --verbose and --explain say the age and the limit of each. */
static void
say(struct job *j, int64_t age_ns, const char *limit, int64_t limit_ns,
    const char *done)
{
	const double age_hours = (double)age_ns / HOUR;
	const double limit_hours = (double)limit_ns / HOUR;

	debug("%s: log_age_hours %.3f, %s %.3f: %s", job_input(j), age_hours,
	    limit, limit_hours, done);
	if (j->explaining)
		buf_addf(explain_more(),
		    ",\"age\":{\"log_age_hours\":%.3f,\"%s\":%.3f,"
		    "\"then\":\"%s\"}",
		    age_hours, limit, limit_hours, done);
}

static enum step_says
take_old(struct job *j, struct item *it, int64_t age_ns)
{
	age.old_seen++;
	say(j, age_ns, "max_age_hours", age.now.max_ns, old_names[age.now.old]);
	it->why = "timestamp_too_old";
	it->member = SPAN("/timestamp");
	switch (age.now.old) {
	case OLD_CLAMP:
		set_time(it, round_up(it->now_ns - age.now.max_ns));
		return STEP_PASS;
	case OLD_DROP: return STEP_DROP;
	case OLD_REJECT: return STEP_REJECT;
	default: return STEP_PASS;
	}
}

static enum step_says
take(struct job *j, struct item *it)
{
	int64_t ns;

	if (!when_of(it, &ns)) {
		age.untimed++;
		return STEP_PASS;
	}
	if (age.now.max_ns >= 0 && it->now_ns - ns > age.now.max_ns)
		return take_old(j, it, it->now_ns - ns);
	if (age.now.future_ns >= 0 && ns - it->now_ns > age.now.future_ns) {
		age.future_seen++;
		say(j, it->now_ns - ns, "max_future_hours", age.now.future_ns,
		    old_names[OLD_CLAMP]);
		set_time(it, it->now_ns + age.now.future_ns);
	}
	return STEP_PASS;
}

static void
finish(struct job *j)
{
	static const char *const done[OLDS] = { "dropped", "kept", "clamped",
		"rejected" };

	(void)j;
	if (age.old_seen > 0)
		info(
		    "%ju records too old: %s", age.old_seen, done[age.now.old]);
	if (age.future_seen > 0)
		info("%ju records of the future: clamped", age.future_seen);
	if (age.untimed > 0)
		info("%ju records without a time: kept", age.untimed);
}

static void
stats(struct buf *b)
{
	static const char name[] = "rx_match_out_of_window_records_total";
	const struct {
		const char *side;
		uintmax_t seen;
	} sides[] = { { "old", age.old_seen }, { "future", age.future_seen },
		{ "untimed", age.untimed } };

	stats_family(b, name, STATS_COUNTER,
	    "Records beyond --max-age or --max-future, or without a time.");
	for (size_t i = 0; i < sizeof(sides) / sizeof(*sides); i++) {
		const struct stats_label label = { "side", sides[i].side };

		stats_value(b, name, &label, 1, sides[i].seen);
	}
}

const struct step age_step = { .name = "max-age",
	.forget = forget,
	.check = check,
	.adopt = adopt,
	.take = take,
	.finish = finish,
	.stats = stats };
