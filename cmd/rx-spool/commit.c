/* SPDX-License-Identifier: MIT */
/*
 * commit -- what is closed, in one transaction (P3), when there is room, or as
 *           --full says without (P8).
 */
#include <stdio.h>
#include <string.h>

#include "cmd/rx-spool/push.h"
#include "lib/crash.h"
#include "lib/diag.h"
#include "lib/notify.h"
#include "lib/stop.h"

static int
add_gaps(struct push *p, int64_t lane, int64_t now_ms)
{
	struct span rest = { p->gaps.at, p->gaps_closed };
	struct control c;
	int status = 0;

	while (status == 0 && rest.len > 0) {
		size_t len =
		    (size_t)((char *)memchr(rest.at, '\n', rest.len) - rest.at);

		if (control_parse(&c, (struct span){ rest.at, len }) == 0)
			status = store_gap_add(p->store, lane, &c, now_ms);
		rest = span_skip(rest, len + 1);
	}
	return status != 0 || p->gaps_closed == 0
	    ? status
	    : store_gap_trim(p->store, lane);
}

static int
save(struct push *p, const struct bounds *b, struct store_lane *lane)
{
	int status;

	lane->max_records = b->max_records;
	lane->max_bytes = b->max_bytes;
	lane->max_age_ms = b->max_age_ms;
	lane->max_attempts = b->max_attempts;
	lane->policy = (enum store_policy)b->policy;
	/* What is dropped may be kept, and nobody may settle for long. */
	status = store_history_trim(p->store, lane, spool_now_ms());
	return status != 0 ? status : store_lane_save(p->store, lane);
}

static int
write_lane(struct push *p, struct store_lane *lane)
{
	lane->kind = p->unmarked ? LANE_UNMARKED : LANE_MARKED;
	lane->marks += p->marks;
	lane->keep_ms = p->keep_ms;
	lane->keep_bytes = p->keep_bytes;
	lane->count[REPLAYED] += p->closed.replayed;
	lane->count[OVERLAP] += p->closed.overlap;
	lane->count[FORGED] += p->closed.forged;
	lane->count[REFUSED] += p->refused - p->refused_told;
	return save(p, &p->target->bounds, lane);
}

static int
find_unmarked(struct push *p, const char *name, struct store_lane *lane)
{
	int status = store_lane_make(p->store, name, lane);

	if (status == 0 && lane->kind == LANE_MARKED)
		die(EX_DATAERR,
		    "lane %s of %s is marked: a stream without marks "
		    "needs another lane",
		    name, p->path);
	return status;
}

static int
find_lane(struct push *p, struct store_lane *lane)
{
	int status;

	if (p->unmarked)
		return find_unmarked(p, p->lane, lane);
	if ((status = store_lane_find(p->store, p->lane, lane)) == 0)
		push_check_fence(p, lane);
	return status;
}

/*
 * The lanes of --also, before the one, whose tags and drops are then those that
 * answers are made of.
 */
static int
add_beside(struct push *p, bool disk_full, int64_t now_ms, uint64_t *dropped)
{
	struct store_lane lane;
	uint64_t n;
	int status = 0;

	*dropped = 0;
	for (size_t i = 1; status == 0 && i < p->n_targets; i++) {
		struct target *to = &p->target[i];

		if ((status = find_unmarked(p, to->lane, &lane)) != 0 ||
		    (status = store_lane_sample(p->store, &lane, now_ms)) !=
			0 ||
		    (status = push_add(p, to, &lane, disk_full, now_ms, &n)) !=
			0)
			break;
		*dropped += n;
		lane.kind = LANE_UNMARKED;
		status = save(p, &to->bounds, &lane);
	}
	return status;
}

static int
transaction(struct push *p, bool disk_full)
{
	int64_t now_ms = spool_now_ms();
	struct store_lane lane;
	uint64_t beside;
	int status;

	if ((status = store_begin(p->store)) != 0)
		return status;
	if ((status = add_beside(p, disk_full, now_ms, &beside)) == 0 &&
	    (status = find_lane(p, &lane)) == 0 &&
	    (status = store_lane_sample(p->store, &lane, now_ms)) == 0 &&
	    (status = push_add(
		 p, p->target, &lane, disk_full, now_ms, &p->dropped)) == 0 &&
	    (status = sources_save(&p->sources, p->store, now_ms)) == 0 &&
	    (status = add_gaps(p, lane.id, now_ms)) == 0 &&
	    (status = write_lane(p, &lane)) == 0) {
		CRASH("push.precommit");
		status = store_commit(p->store);
		if (status == 0)
			CRASH("push.postcommit");
		p->dropped += beside;
	}
	if (status != 0)
		store_rollback(p->store);
	return status;
}

static void
tell_dropped(struct push *p)
{
	int64_t now = stop_now_ms();

	p->untold += p->dropped;
	p->dropped = 0;
	if (p->untold == 0 ||
	    (p->told_ms != 0 && now - p->told_ms < SPOOL_TELL_MS))
		return;
	warn("lane %s of %s%s: %ju records dropped, as --full and --max-age "
	     "ask",
	    p->lane, p->path, p->n_targets > 1 ? " or those beside it" : "",
	    (uintmax_t)p->untold);
	p->untold = 0;
	p->told_ms = now;
}

static void
committed(struct push *p)
{
	size_t rest = p->gaps.len - p->gaps_closed;

	if (p->stored == 0 && p->pending.closed_records > 0)
		notify_event("first record stored");
	p->stored += p->pending.closed_records;
	p->repeated += store_drop_repeats(p->drop);
	tell_dropped(p);
	if (p->outcomes)
		push_answer(p);
	pending_settle(&p->pending, true);
	sources_saved(&p->sources);
	if (p->gaps_closed > 0 && rest > 0)
		memmove(p->gaps.at, p->gaps.at + p->gaps_closed, rest);
	p->gaps.len = rest;
	p->gaps_closed = 0;
	p->closed = (struct tally){ .forged = 0 };
	p->refused_told = p->refused;
	p->lane_new = p->lane_new && p->marks == 0;
	p->marks = 0;
	p->closed_at_ms = 0;
	p->committed_ms = stop_now_ms();
	p->commits++;
}

/* Told to stop while there is no room: what was not stored, and is it lost? */
static _Noreturn void
give_up(struct push *p)
{
	if (p->unmarked)
		die(EX_TEMPFAIL, "stopped while %s is full: %ju records lost",
		    p->path, (uintmax_t)p->pending.records);
	die(EX_TEMPFAIL,
	    "stopped while %s is full: %ju records will be read again", p->path,
	    (uintmax_t)p->pending.records);
}

static void
no_room(struct push *p, int status, const char *why)
{
	pending_settle(&p->pending, false);
	if (status != PUSH_LANE_FULL && status != STORE_FULL &&
	    status != STORE_HELD)
		spool_check(p->store, status);
	if (stop_asked())
		give_up(p);
	spool_wait_tell(&p->wait, why);
	if (status == STORE_FULL)
		spool_check(p->store, store_shrink(p->store));
	p->room = status == STORE_FULL ? DISK_IS_FULL : LANE_IS_FULL;
	p->again_ms = stop_now_ms() + SPOOL_AGAIN_MS;
}

static bool
is_idle(const struct push *p)
{
	return p->marks == 0 && p->pending.closed_records == 0 &&
	    p->gaps_closed == 0 && p->refused == p->refused_told;
}

static int
drop_old(struct push *p, const struct target *of, struct store_lane *lane)
{
	int64_t now_ms = spool_now_ms();
	uint64_t n = 0;
	int status;

	if (of->bounds.max_age_ms == 0)
		return 0;
	store_drop_begin(p->drop, lane, now_ms);
	status =
	    store_drop_age(p->drop, now_ms - (int64_t)of->bounds.max_age_ms);
	if (status == 0)
		status = store_drop_end(p->drop, &n);
	if (status == 0 && n > 0)
		status = store_history_trim(p->store, lane, now_ms);
	p->dropped += n;
	return status != 0 || n == 0 ? status : store_lane_save(p->store, lane);
}

static int
drop_all_old(struct push *p)
{
	struct store_lane lane;
	int status = find_lane(p, &lane);

	if (status == 0)
		status = drop_old(p, p->target, &lane);
	for (size_t i = 1; status == 0 && i < p->n_targets; i++) {
		status = find_unmarked(p, p->target[i].lane, &lane);
		if (status == 0)
			status = drop_old(p, &p->target[i], &lane);
	}
	return status;
}

/*
 * What has become too old goes in a transaction of its own: also while what
 * comes has no room.  Where it cannot go now, it goes next time.
 */
static void
sweep(struct push *p)
{
	int status;

	p->swept_ms = stop_now_ms();
	p->dropped = 0;
	if ((status = store_begin(p->store)) != 0 ||
	    (status = drop_all_old(p)) != 0 || p->dropped == 0 ||
	    (status = store_commit(p->store)) != 0) {
		store_rollback(p->store);
		p->dropped = 0;
		if (status != STORE_FULL && status != STORE_HELD)
			spool_check(p->store, status);
	}
	tell_dropped(p);
}

/* What is closed, without dropping for the disk; why tells of a full one. */
static int
store(struct push *p, char why[STORE_WHY])
{
	int status = STORE_FULL;

	/* Each lane has them of its own. */
	if (store_room(p->store, p->n_targets * p->pending.closed_bytes)) {
		status = transaction(p, false);
		snprintf(why, STORE_WHY, "%s", store_why(p->store));
	} else
		snprintf(why, STORE_WHY, "the disk of %s is full", p->path);
	return status;
}

void
push_commit(struct push *p)
{
	bool drops = false;
	char why[STORE_WHY];
	int status;

	for (size_t i = 0; i < p->n_targets; i++)
		drops |= p->target[i].bounds.policy != FULL_BLOCK;
	p->room = ROOM;
	if (push_sweeps(p, stop_now_ms()))
		sweep(p);
	if (is_idle(p))
		return;
	status = store(p, why);
	/* Nothing is dropped for what the log takes, once it is in the file. */
	if (status == STORE_FULL && drops &&
	    (status = store_shrink(p->store)) == 0 &&
	    (status = store(p, why)) == STORE_FULL)
		status = transaction(p, true);
	if (status == PUSH_LANE_FULL)
		snprintf(why, sizeof(why), "lane %s of %s%s is full", p->lane,
		    p->path, p->n_targets > 1 ? " or one beside it" : "");
	if (status != 0)
		no_room(p, status, why);
	else
		committed(p);
}

/*
 * P4: the open segment has outgrown its bound.  Its records are stored and
 * their end noted, so that a second reading of them is recognised.  By that end
 * one tells no records of one line apart: they are committed together.
 */
void
push_commit_early(struct push *p)
{
	if (p->bare > 0)
		die(EX_DATAERR,
		    "the stream on lane %s of %s is broken: more than "
		    "--max-segment %ju bytes without a mark, and %ju records "
		    "without coordinates",
		    p->lane, p->path, (uintmax_t)p->max_segment,
		    (uintmax_t)p->bare);
	push_close(p);
	push_commit(p);
}
