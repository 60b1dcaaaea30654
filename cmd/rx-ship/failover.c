/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/failover.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/stats.h"
#include "lib/stop.h"

struct failover {
	struct target target;
	struct target *targets[FAILOVER_MAX];
	unsigned seen[FAILOVER_MAX]; /* failures of each that were acted on */
	size_t n, at;
	size_t failed; /* in a row, none between them reached */
	char promises[512], about[64];
};

static struct target *
current(const struct failover *f)
{
	return f->targets[f->at];
}

/* What others look at: of the one at work, and sums. */
static void
copy_state(struct failover *f)
{
	struct target *t = &f->target, *now = current(f);

	t->name = now->name;
	t->up = now->up;
	t->awaits = now->awaits;
	t->since_ms = now->since_ms;
	t->sent = t->connects = t->lost = 0;
	for (size_t i = 0; i < f->n; i++) {
		t->sent += f->targets[i]->sent;
		t->connects += f->targets[i]->connects;
		t->lost += f->targets[i]->lost;
	}
	/* For --once: a failure is one of all of them. */
	t->failures = f->failed >= f->n ? (unsigned)(f->failed / f->n) : 0;
}

/* True when the one at work was left for another. */
static bool
move_on(struct failover *f)
{
	struct target *now = current(f);

	if (now->up) {
		f->seen[f->at] = 0;
		f->failed = 0;
		return false;
	}
	if (now->fatal == 0 && now->failures <= f->seen[f->at])
		return false;
	if (now->ops->leave != NULL && !now->ops->leave(now))
		return false;
	f->seen[f->at] = now->failures;
	f->failed++;
	f->at = (f->at + 1) % f->n;
	info("going over to %s", current(f)->name);
	return true;
}

static void
failover_work(struct target *t, short revents, int64_t now_ms)
{
	struct failover *f = (struct failover *)t;

	for (size_t tries = 0; tries < f->n; tries++) {
		struct target *now = current(f);

		now->window = t->window;
		now->hurry = t->hurry;
		if (now->fatal == 0)
			now->ops->work(now, revents, now_ms);
		if (!move_on(f))
			break;
		revents = 0;
	}
	copy_state(f);
}

static void
failover_poll(struct target *t, struct pollfd *p, int64_t *until_ms)
{
	struct target *now = current((struct failover *)t);

	now->ops->poll(now, p, until_ms);
}

static void
failover_reload(struct target *t)
{
	struct failover *f = (struct failover *)t;

	for (size_t i = 0; i < f->n; i++)
		if (f->targets[i]->ops->reload != NULL)
			f->targets[i]->ops->reload(f->targets[i]);
}

static bool
failover_goodbye(struct target *t, int64_t now_ms)
{
	struct target *now = current((struct failover *)t);

	return now->ops->goodbye(now, now_ms);
}

static void
failover_counters(const struct target *t, struct buf *b)
{
	const struct failover *f = (const struct failover *)t;
	const struct target *now = current(f);

	stats_family(b, "rx_ship_target_up", STATS_GAUGE,
	    "Whether this one could be reached when it was at work last.");
	for (size_t i = 0; i < f->n; i++) {
		const struct stats_label name = { "target",
			f->targets[i]->name };

		stats_value(
		    b, "rx_ship_target_up", &name, 1, f->targets[i]->up);
	}
	stats_family(b, "rx_ship_target_at_work", STATS_GAUGE,
	    "Which one records go to now.");
	for (size_t i = 0; i < f->n; i++) {
		const struct stats_label name = { "target",
			f->targets[i]->name };

		stats_value(b, "rx_ship_target_at_work", &name, 1, i == f->at);
	}
	if (now->ops->counters != NULL)
		now->ops->counters(now, b);
}

static int
failover_check(struct target *t, char *why, size_t size)
{
	struct failover *f = (struct failover *)t;
	int status = EX_OK;

	for (size_t i = 0; i < f->n && status == EX_OK; i++)
		if (f->targets[i]->ops->check != NULL)
			status =
			    f->targets[i]->ops->check(f->targets[i], why, size);
	return status;
}

/* All of them: each says its own. */
static int
failover_probe(struct target *t)
{
	struct failover *f = (struct failover *)t;
	int worst = EX_OK, status;

	for (size_t i = 0; i < f->n; i++)
		if (f->targets[i]->ops->probe != NULL &&
		    (status = f->targets[i]->ops->probe(f->targets[i])) != 0)
			worst = status;
	return worst;
}

static void
failover_free(struct target *t)
{
	struct failover *f = (struct failover *)t;

	for (size_t i = 0; i < f->n; i++)
		f->targets[i]->ops->free(f->targets[i]);
	free(f);
}

static const struct target_ops ops = {
	.poll = failover_poll,
	.work = failover_work,
	.reload = failover_reload,
	.goodbye = failover_goodbye,
	.counters = failover_counters,
	.check = failover_check,
	.probe = failover_probe,
	.free = failover_free,
};

struct target *
failover_new(struct target **targets, size_t n, const struct settings *settings)
{
	struct failover *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->n = n;
	snprintf(f->about, sizeof(f->about), "the first of %zu", n);
	f->target = (struct target){ .ops = &ops,
		.settings = settings,
		.about = f->about,
		.promises = f->promises,
		.named = true,
		.since_ms = stop_now_ms() };
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(f->promises);

		f->targets[i] = targets[i];
		f->target.named &= targets[i]->named;
		f->target.takes_stdout |= targets[i]->takes_stdout;
		snprintf(f->promises + len, sizeof(f->promises) - len, "%s%s",
		    i > 0 ? " " : "", targets[i]->promises);
	}
	f->target.name = targets[0]->name;
	/* What one named, who may need any path must not be held to. */
	if (!f->target.named && confine_allow("/", "rwcx") < 0) {
		free(f);
		return NULL;
	}
	return &f->target;
}
