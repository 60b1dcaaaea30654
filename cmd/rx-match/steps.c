/* SPDX-License-Identifier: MIT */
#include "steps.h"

#include <libgen.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/stats.h"

#include "age.h"
#include "classify.h"
#include "dedupe.h"
#include "explain.h"
#include "match.h"
#include "parse_step.h"
#include "rate.h"
#include "redact.h"
#include "reject.h"
#include "rules_step.h"
#include "sample.h"
#include "schema.h"

/*
 * The order.  What says more about a record comes before what takes records
 * out, so that it may be asked about; what would show or write a text elsewhere
 * comes behind what hides secrets.
 */
static const struct step *const order[] = {
	&schema_step,
	&parse_step,
	&rules_step,
	&classify_step,
	&age_step,
	&redact_step,
	&dedupe_step,
	&rate_step,
	&sample_step,
	NULL,
};
#define MOST 16
_Static_assert(sizeof(order) / sizeof(*order) <= MOST, "more steps");

/* Those that were in use once, in their order. */
static struct {
	const struct step *step;
	bool on, was_on, started;
	uintmax_t dropped, rejected;
} used[MOST];
static size_t n_used;

static size_t
rank(const struct step *step)
{
	size_t i = 0;

	while (order[i] != NULL && order[i] != step)
		i++;
	return i;
}

void
steps_use(const struct step *step)
{
	size_t i = 0;

	while (i < n_used && rank(used[i].step) < rank(step))
		i++;
	if (i == n_used || used[i].step != step) {
		for (size_t k = n_used++; k > i; k--)
			used[k] = used[k - 1];
		memset(&used[i], 0, sizeof(used[i]));
		used[i].step = step;
	}
	used[i].on = true;
}

bool
steps_any(void)
{
	for (size_t i = 0; i < n_used; i++)
		if (used[i].on)
			return true;
	return false;
}

const char *
steps_behind(const struct step *step)
{
	for (size_t i = 0; i < n_used; i++)
		if (used[i].on && rank(used[i].step) > rank(step))
			return used[i].step->name;
	return NULL;
}

void
steps_start(struct job *j)
{
	for (size_t i = 0; i < n_used; i++) {
		if (used[i].on && !used[i].started &&
		    used[i].step->start != NULL)
			used[i].step->start(j);
		used[i].started |= used[i].on;
	}
}

void
steps_forget(void)
{
	for (size_t i = 0; order[i] != NULL; i++)
		if (order[i]->forget != NULL)
			order[i]->forget();
	for (size_t i = 0; i < n_used; i++) {
		used[i].was_on = used[i].on;
		used[i].on = used[i].on && used[i].step->forget == NULL;
	}
}

const char *
steps_check(void)
{
	const char *why = NULL;

	for (size_t i = 0; i < n_used && why == NULL; i++)
		if (used[i].on && used[i].step->check != NULL)
			why = used[i].step->check();
	return why;
}

void
steps_adopt(struct job *j, bool good)
{
	for (size_t i = 0; order[i] != NULL; i++)
		if (order[i]->adopt != NULL)
			order[i]->adopt(j, good);
	for (size_t i = 0; i < n_used; i++)
		used[i].on = good ? used[i].on : used[i].was_on;
	steps_start(j);
}

/* Into the file for them, if there is one; the first is shown. */
static void
reject(struct job *j, struct item *it, const struct step *step)
{
	if (j->rejected++ == 0)
		warn("%s: %s: %.*s%s%s", job_input(j), step->name,
		    (int)it->member.len, it->member.at,
		    it->member.len > 0 ? ": " : "", it->why);
	reject_item(j, it, step->name);
}

bool
steps_take(struct job *j, struct item *it)
{
	for (size_t i = 0; i < n_used; i++) {
		if (!used[i].on)
			continue;
		switch (used[i].step->take(j, it)) {
		case STEP_PASS: break;
		case STEP_SKIP: return false;
		case STEP_DROP:
			used[i].dropped++;
			if (j->explaining)
				explain_out(it, used[i].step->name);
			return false;
		case STEP_REJECT:
			used[i].rejected++;
			if (j->explaining)
				explain_out(it, used[i].step->name);
			reject(j, it, used[i].step);
			return false;
		}
	}
	return true;
}

void
steps_of_context(struct job *j, struct item *it)
{
	for (size_t i = 0; i < n_used; i++)
		if (used[i].on && used[i].step->of_context)
			used[i].step->take(j, it);
}

void
steps_settle(struct job *j)
{
	for (size_t i = 0; i < n_used; i++)
		if (used[i].step->settle != NULL)
			used[i].step->settle(j);
}

int64_t
steps_idle(struct job *j)
{
	int64_t soonest_ms = -1;

	for (size_t i = 0; i < n_used; i++) {
		int64_t ms = -1;

		if (used[i].step->idle != NULL)
			ms = used[i].step->idle(j);
		if (ms >= 0 && (soonest_ms < 0 || ms < soonest_ms))
			soonest_ms = ms;
	}
	return soonest_ms;
}

bool
steps_holding(void)
{
	for (size_t i = 0; i < n_used; i++)
		if (used[i].step->holding != NULL && used[i].step->holding())
			return true;
	return false;
}

void
steps_reload(struct job *j)
{
	for (size_t i = 0; i < n_used; i++)
		if (used[i].step->reload != NULL)
			used[i].step->reload(j);
}

/* A file that is replaced has another inode: so its directory. */
void
steps_reread(struct job *j, const char *path)
{
	char copy[PATH_MAX];

	j->rereads = true;
	snprintf(copy, sizeof(copy), "%s", path);
	if (!j->operands && confine_allow(dirname(copy), "r") < 0)
		die_sys(EX_CONFIG, "unable to read %s again", path);
}

void
steps_finish(struct job *j)
{
	for (size_t i = 0; i < n_used; i++) {
		if (used[i].dropped > 0)
			info("%ju records dropped by --%s", used[i].dropped,
			    used[i].step->name);
		if (used[i].started && used[i].step->finish != NULL)
			used[i].step->finish(j);
	}
}

void
steps_stats(struct buf *b)
{
	static const char name[] = "rx_match_dropped_records_total";

	if (n_used == 0)
		return;
	stats_family(b, name, STATS_COUNTER,
	    "Selected records that were not written, by step and fate.");
	for (size_t i = 0; i < n_used; i++) {
		struct stats_label labels[] = { { "step", used[i].step->name },
			{ "fate", "dropped" } };

		stats_value(b, name, labels, 2, used[i].dropped);
		labels[1].value = "rejected";
		stats_value(b, name, labels, 2, used[i].rejected);
	}
	for (size_t i = 0; i < n_used; i++)
		if (used[i].step->stats != NULL)
			used[i].step->stats(b);
}
