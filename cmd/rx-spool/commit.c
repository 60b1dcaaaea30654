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

#define LANE_FULL (-100) /* beside the statuses of the store */

/* Room in the lane: what does not fit into an empty lane goes in alone. */
static int
check_bounds(struct push *p, const struct store_lane *lane)
{
	const struct bounds *b = &p->bounds;
	uint64_t records = store_lane_pending(lane);

	if (records == 0 || p->pending.closed_records == 0)
		return 0;
	if (b->max_records > 0 &&
	    records + p->pending.closed_records > b->max_records)
		return LANE_FULL;
	if (b->max_bytes > 0 &&
	    lane->bytes + p->pending.closed_bytes > b->max_bytes)
		return LANE_FULL;
	return 0;
}

static int
add_class(struct push *p, struct store_lane *lane, int class, int64_t now_ms)
{
	struct store_segment g;
	int status = 0;

	for (size_t i = 0;
	     status == 0 && pending_segment(&p->pending, class, i, &g); i++) {
		struct body *b = &p->pending.class[class].body[i];

		g.stored_ms = now_ms;
		g.ids[0] = '\0';
		if (b->anonymous)
			strcpy(g.ids, p->ids);
		CRASH("push.insert");
		status = store_segment_add(p->store, lane, &g);
		b->seg = g.seg;
	}
	return status;
}

static int
add_segments(struct push *p, struct store_lane *lane, int64_t now_ms)
{
	int status = 0;

	for (int c = 0; status == 0 && c < STORE_CLASSES; c++)
		status = add_class(p, lane, c, now_ms);
	return status;
}

/* On a full disk the policy decides for what there is no room. */
static int
squeeze(struct push *p, struct store_lane *lane, int64_t now_ms)
{
	int status;

	if (p->bounds.policy == FULL_NEWEST) {
		p->unstored = true;
		return store_drop_unstored(p->drop, p->pending.closed_records,
		    p->pending.closed_bytes);
	}
	status = store_drop_room(p->drop, p->pending.closed_bytes);
	return status != 0 ? status : add_segments(p, lane, now_ms);
}

/* What is closed, in the lane as far as its bounds and the disk let it. */
static int
add_records(
    struct push *p, struct store_lane *lane, bool disk_full, int64_t now_ms)
{
	const struct bounds *b = &p->bounds;
	int status = 0;

	store_drop_begin(p->drop, lane, now_ms);
	p->unstored = false;
	if (b->policy == FULL_BLOCK)
		status = check_bounds(p, lane);
	if (status == 0)
		status = disk_full ? squeeze(p, lane, now_ms)
				   : add_segments(p, lane, now_ms);
	if (status == 0 && p->id_member != NULL && !p->unstored)
		status = push_find_repeats(p, lane->id, now_ms);
	if (status == 0 && b->policy != FULL_BLOCK)
		status = store_drop_bounds(p->drop,
		    (enum store_policy)b->policy, b->max_records, b->max_bytes);
	if (status == 0 && store_drop_parts(p->drop))
		status = push_drop_repeats(p, lane->id);
	return status != 0 ? status : store_drop_end(p->drop, &p->dropped);
}

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
write_lane(struct push *p, struct store_lane *lane)
{
	int status;

	lane->kind = p->unmarked ? LANE_UNMARKED : LANE_MARKED;
	lane->marks += p->marks;
	lane->max_records = p->bounds.max_records;
	lane->max_bytes = p->bounds.max_bytes;
	lane->max_age_ms = p->bounds.max_age_ms;
	lane->max_attempts = p->bounds.max_attempts;
	lane->policy = (enum store_policy)p->bounds.policy;
	lane->keep_ms = p->keep_ms;
	lane->keep_bytes = p->keep_bytes;
	lane->count[REPLAYED] += p->closed.replayed;
	lane->count[OVERLAP] += p->closed.overlap;
	lane->count[FORGED] += p->closed.forged;
	lane->count[REFUSED] += p->refused - p->refused_told;
	/* What is dropped may be kept, and nobody may settle for long. */
	status = store_history_trim(p->store, lane, spool_now_ms());
	if (status == 0)
		status = store_lane_sample(p->store, lane, spool_now_ms());
	return status != 0 ? status : store_lane_save(p->store, lane);
}

static int
find_lane(struct push *p, struct store_lane *lane)
{
	int status;

	if (p->unmarked) {
		if ((status = store_lane_make(p->store, p->lane, lane)) != 0)
			return status;
		if (lane->kind == LANE_MARKED)
			die(EX_DATAERR,
			    "lane %s of %s is marked: a stream without marks "
			    "needs another lane",
			    p->lane, p->path);
		return 0;
	}
	if ((status = store_lane_find(p->store, p->lane, lane)) == 0)
		push_check_fence(p, lane);
	return status;
}

static int
transaction(struct push *p, bool disk_full)
{
	int64_t now_ms = spool_now_ms();
	struct store_lane lane;
	int status;

	if ((status = store_begin(p->store)) != 0)
		return status;
	if ((status = find_lane(p, &lane)) == 0 &&
	    (status = add_records(p, &lane, disk_full, now_ms)) == 0 &&
	    (status = sources_save(&p->sources, p->store, now_ms)) == 0 &&
	    (status = add_gaps(p, lane.id, now_ms)) == 0 &&
	    (status = write_lane(p, &lane)) == 0) {
		CRASH("push.precommit");
		status = store_commit(p->store);
		if (status == 0)
			CRASH("push.postcommit");
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
	warn("lane %s of %s: %ju records dropped, as --full and --max-age ask",
	    p->lane, p->path, (uintmax_t)p->untold);
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
	if (status != LANE_FULL && status != STORE_FULL && status != STORE_HELD)
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
drop_old(struct push *p, struct store_lane *lane)
{
	int64_t now_ms = spool_now_ms();
	int status;

	store_drop_begin(p->drop, lane, now_ms);
	status =
	    store_drop_age(p->drop, now_ms - (int64_t)p->bounds.max_age_ms);
	if (status == 0)
		status = store_drop_end(p->drop, &p->dropped);
	if (status == 0 && p->dropped > 0)
		status = store_history_trim(p->store, lane, now_ms);
	return status != 0 || p->dropped == 0 ? status
					      : store_lane_save(p->store, lane);
}

/*
 * What has become too old goes in a transaction of its own: also while what
 * comes has no room.  Where it cannot go now, it goes next time.
 */
static void
sweep(struct push *p)
{
	struct store_lane lane;
	int status;

	p->swept_ms = stop_now_ms();
	if ((status = store_begin(p->store)) != 0 ||
	    (status = find_lane(p, &lane)) != 0 ||
	    (status = drop_old(p, &lane)) != 0 || p->dropped == 0 ||
	    (status = store_commit(p->store)) != 0) {
		store_rollback(p->store);
		p->dropped = 0;
		if (status != STORE_FULL && status != STORE_HELD)
			spool_check(p->store, status);
	}
	tell_dropped(p);
}

void
push_commit(struct push *p)
{
	bool drops = p->bounds.policy != FULL_BLOCK;
	char why[STORE_WHY];
	int status = STORE_FULL;

	p->room = ROOM;
	if (push_sweeps(p, stop_now_ms()))
		sweep(p);
	if (is_idle(p))
		return;
	snprintf(why, sizeof(why), "the disk of %s is full", p->path);
	if (store_room(p->store, p->pending.closed_bytes)) {
		status = transaction(p, false);
		snprintf(why, sizeof(why), "%s", store_why(p->store));
	}
	if (status == STORE_FULL && drops &&
	    (status = store_shrink(p->store)) == 0)
		status = transaction(p, true);
	if (status == LANE_FULL)
		snprintf(why, sizeof(why), "lane %s of %s is full", p->lane,
		    p->path);
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
