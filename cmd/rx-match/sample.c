#include "sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "lib/diag.h"
#include "lib/hash.h"
#include "lib/mark.h"
#include "lib/num.h"

#include "match.h"
#include "when.h"
#include "window.h"

static struct {
	double share; /* 0: not asked for */
	uint64_t over;
	int64_t length_ns; /* of a window; 0: always */
	int64_t window;
	uint64_t n, before; /* in this one and in the one before */
} sample;

void
sample_option(const char *share)
{
	const char *why;

	if (num_ratio(span_of(share), &sample.share, &why) < 0)
		die(EX_USAGE, "--sample %s: %s", share, why);
	if (sample.share == 0)
		die(EX_USAGE, "--sample %s: keeps nothing", share);
	steps_use(&sample_step);
}

void
sample_over_option(const char *rate)
{
	const char *why;

	if (num_rate(span_of(rate), &sample.over, &sample.length_ns, &why) < 0)
		die(EX_USAGE, "--over %s: %s", rate, why);
	steps_use(&sample_step);
}

static void
start(struct job *j)
{
	(void)j;
	if (sample.share == 0)
		die(EX_USAGE, "--over needs --sample");
}

/* Also of a record that was not searched, and then without a trace. */
static enum severity
severity_now(struct job *j, struct item *it)
{
	enum severity now;

	if (it->severity != SEVERITY_NONE)
		return it->severity;
	judge_severity(j, it);
	now = it->severity;
	it->severity = SEVERITY_NONE;
	return now;
}

static bool
is_over(struct item *it)
{
	int64_t window;

	if (sample.length_ns == 0)
		return true;
	window = window_of(sample.window, when_known(it), sample.length_ns);
	if (window != sample.window) {
		sample.before = window == sample.window + 1 ? sample.n : 0;
		sample.n = 0;
		sample.window = window;
	}
	return ++sample.n > sample.over || sample.before > sample.over;
}

/* The share of all hashes that is below this one. */
static double
chance(struct item *it, struct span weight)
{
	struct span rest, rx = mark_rx(it->record.line, &rest);
	uint64_t h;

	/* What another sample has left is not chosen by the same number. */
	h = hash_bytes(0, weight);
	h = hash_bytes(h, rx.len > 0 ? rx : it->record.line);
	return ldexp((double)(h >> 11), -53);
}

bool
sample_keeps(struct item *it, double share)
{
	struct value v = { .text = { NULL, 0 } };
	double weight = 1;
	char text[32];
	int n;

	if (item_get(it, "weight", &v) && v.type == VALUE_NUMBER)
		weight = strtod(v.text.at, NULL); /* JSON goes on behind it */
	if (chance(it, v.text) >= share)
		return false;
	weight /= share;
	n = snprintf(text, sizeof(text), "%.15g", weight);
	if (isfinite(weight)) /* JSON knows no other */
		item_set(it, SPAN("weight"), (struct span){ text, (size_t)n });
	return true;
}

static enum step_says
take(struct job *j, struct item *it)
{
	if (severity_now(j, it) == SEVERITY_CRITICAL || !is_over(it))
		return STEP_PASS;
	return sample_keeps(it, sample.share) ? STEP_PASS : STEP_DROP;
}

const struct step sample_step = {
	.name = "sample", .start = start, .take = take
};
