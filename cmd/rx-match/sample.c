/* SPDX-License-Identifier: MIT */
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

struct share {
	double share; /* 0: not asked for */
	uint64_t over;
	int64_t length_ns; /* of a window; 0: always */
};

static struct {
	struct share now, before; /* what options say; until it is adopted */
	int64_t window;
	uint64_t n, before_it; /* in this one and in the one before */
} sample;

const char *
sample_option(const char *share)
{
	const char *why;

	if (num_ratio(span_of(share), &sample.now.share, &why) < 0)
		return why;
	steps_use(&sample_step);
	return sample.now.share == 0 ? "keeps nothing" : NULL;
}

const char *
sample_over_option(const char *rate)
{
	const char *why;

	if (num_rate(span_of(rate), &sample.now.over, &sample.now.length_ns,
		&why) < 0)
		return why;
	steps_use(&sample_step);
	return NULL;
}

static void
forget(void)
{
	sample.before = sample.now;
	sample.now = (struct share){ .share = 0 };
}

static const char *
check(void)
{
	return sample.now.share == 0 ? "--over needs --sample" : NULL;
}

static void
adopt(struct job *j, bool good)
{
	(void)j;
	if (!good)
		sample.now = sample.before;
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

	if (sample.now.length_ns == 0)
		return true;
	window = window_of(sample.window, when_known(it), sample.now.length_ns);
	if (window != sample.window) {
		sample.before_it = window == sample.window + 1 ? sample.n : 0;
		sample.n = 0;
		sample.window = window;
	}
	return ++sample.n > sample.now.over ||
	    sample.before_it > sample.now.over;
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
	return sample_keeps(it, sample.now.share) ? STEP_PASS : STEP_DROP;
}

const struct step sample_step = { .name = "sample",
	.forget = forget,
	.check = check,
	.adopt = adopt,
	.take = take };
