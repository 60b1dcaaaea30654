/* SPDX-License-Identifier: MIT */
/*
 * feed -- push's turn: what has come is taken, what is due is committed (P6).
 *
 * What is closed is committed as soon as there is nothing more to read and the
 * last commit is --linger old, or when --batch bytes of it have gathered.  So a
 * single line is durable in the time of one fsync, and a flood pays one fsync
 * for many.  Marks without data wait for data, 5 s at most, except the first of
 * a new lane, with which the promise starts (T4).  While there is no room
 * nothing is read.
 */
#include <unistd.h>

#include "cmd/rx-spool/push.h"
#include "lib/diag.h"
#include "lib/stop.h"

#define EMPTY_WAIT_MS 5000
#define TICK_MS 1000
#define SWEEP_MAX_MS 60000

/* How long until what is closed has to be committed; INT64_MAX: it has not. */
static int64_t
due_in(const struct push *p, int64_t now)
{
	int64_t since;

	if (p->closed_at_ms == 0)
		return INT64_MAX;
	if (p->pending.closed_records > 0 || p->gaps_closed > 0 || p->lane_new)
		since = p->linger_ms - (now - p->committed_ms);
	else
		since = EMPTY_WAIT_MS - (now - p->closed_at_ms);
	return since > 0 ? since : 0;
}

int64_t
push_max_age(const struct push *p)
{
	uint64_t least = 0;

	for (size_t i = 0; i < p->n_targets; i++) {
		uint64_t age = p->target[i].bounds.max_age_ms;

		if (age > 0 && (least == 0 || age < least))
			least = age;
	}
	return (int64_t)least;
}

/* A quarter of its age late, at most, a record is found to be too old. */
static int64_t
sweep_in(const struct push *p, int64_t now)
{
	int64_t age = push_max_age(p), every = age / 4 + 1;

	if (age == 0 || p->either || (!p->unmarked && !p->begun))
		return INT64_MAX;
	if (every > SWEEP_MAX_MS)
		every = SWEEP_MAX_MS;
	every -= now - p->swept_ms;
	return every > 0 ? every : 0;
}

bool
push_sweeps(const struct push *p, int64_t now)
{
	return sweep_in(p, now) == 0;
}

/*
 * Time awake since the last mark.  A process that was stopped, or that waited
 * for room, has not been waiting for a mark.
 */
static void
check_mark_timeout(struct push *p, int64_t now)
{
	int64_t passed = now - p->awake_ms;

	p->awake_ms = now;
	if (p->unmarked || !p->begun || p->unmarked_lines == 0) {
		p->open_ms = 0;
		return;
	}
	p->open_ms += passed < TICK_MS ? passed : TICK_MS;
	if (p->open_ms > p->mark_timeout_ms)
		die(EX_DATAERR,
		    "the stream on lane %s of %s is broken: data but no mark "
		    "for %jd ms, a stage drops marks",
		    p->lane, p->path, (intmax_t)p->open_ms);
}

static void
commit(struct push *p)
{
	push_commit(p);
	p->awake_ms = stop_now_ms();
}

/* Lines that lines_next() has skipped: refused as any other. */
static void
refuse_overlong(struct push *p)
{
	for (; p->overlong < p->in.overlong; p->overlong++) {
		p->taken++;
		p->refused++;
		push_answer_overlong(p);
	}
}

/* All whole lines that were read. */
static void
take(struct push *p)
{
	struct span line;
	int got;

	while (p->room == ROOM && lines_ready(&p->in)) {
		if ((got = lines_next(&p->in, &line)) < 0)
			die_sys(EX_IOERR, "unable to read stdin");
		refuse_overlong(p);
		if (got == 0) {
			p->over = true;
			commit(p);
			return;
		}
		push_line(p, line, p->in.torn);
		if (p->unmarked && p->pending.records > 0)
			push_close(p);
		if (p->pending.closed_bytes >= p->batch)
			commit(p);
	}
}

static void
await_room(struct push *p, struct turn *t)
{
	if (p->room == LANE_IS_FULL)
		turn_news(t);
	turn_within(t, p->again_ms - stop_now_ms());
}

static void
await_input(struct push *p, struct turn *t)
{
	int64_t due, now = stop_now_ms();

	check_mark_timeout(p, now);
	due = due_in(p, now);
	turn_await(t, TURN_IN, STDIN_FILENO);
	turn_within(t, due);
	if (!p->unmarked && p->unmarked_lines > 0) /* a mark is awaited */
		turn_within(t, TICK_MS);
	turn_within(t, sweep_in(p, now));
}

bool
push_turn(struct push *p, struct turn *t)
{
	int64_t now = stop_now_ms();

	if (p->room != ROOM) {
		if (t->moved || stop_asked() || now >= p->again_ms)
			commit(p);
	} else if (push_sweeps(p, now) ||
	    (due_in(p, now) == 0 &&
		(!t->readable || now - p->closed_at_ms >= p->linger_ms))) {
		/* More is there: it is taken along, but not for ever. */
		commit(p);
	}
	take(p); /* what had no room before */
	if (p->room == ROOM && !p->over && (t->readable || stop_asked())) {
		if (lines_fill(&p->in) < 0)
			die_sys(EX_IOERR, "unable to read stdin");
		take(p);
	}
	if (p->room != ROOM)
		await_room(p, t);
	else if (!p->over)
		await_input(p, t);
	return p->room != ROOM || !p->over;
}
