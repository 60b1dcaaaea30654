/*
 * commit -- what is closed, in one transaction (P3), when there is room (P8).
 */
#include <stdio.h>
#include <string.h>

#include "cmd/rx-spool/push.h"
#include "lib/crash.h"
#include "lib/diag.h"
#include "lib/stop.h"

#define LANE_FULL (-100) /* beside the statuses of the store */

/* Room in the lane: what does not fit into an empty lane goes in alone. */
static int
check_bounds(struct push *p, const struct store_lane *lane)
{
	uint64_t records = store_lane_pending(lane);

	if (records == 0)
		return 0;
	if (p->max_records > 0 &&
	    records + p->pending.closed_records > p->max_records)
		return LANE_FULL;
	if (p->max_bytes > 0 &&
	    lane->bytes + p->pending.closed_bytes > p->max_bytes)
		return LANE_FULL;
	return 0;
}

static int
add_segments(struct push *p, struct store_lane *lane, int64_t now_ms)
{
	struct store_segment g;
	int status = 0;

	for (size_t i = 0; status == 0 && pending_segment(&p->pending, i, &g);
	     i++) {
		g.stored_ms = now_ms;
		g.ids[0] = '\0';
		if (p->pending.bodies[i].anonymous)
			strcpy(g.ids, p->ids);
		CRASH("push.insert");
		status = store_segment_add(p->store, lane, &g);
	}
	return status;
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
	return status;
}

static int
write_lane(struct push *p, struct store_lane *lane)
{
	lane->kind = p->unmarked ? LANE_UNMARKED : LANE_MARKED;
	lane->marks += p->marks;
	lane->max_records = p->max_records;
	lane->max_bytes = p->max_bytes;
	lane->count[REPLAYED] += p->closed.replayed;
	lane->count[OVERLAP] += p->closed.overlap;
	lane->count[FORGED] += p->closed.forged;
	lane->count[REFUSED] += p->refused - p->refused_told;
	return store_lane_save(p->store, lane);
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
transaction(struct push *p)
{
	int64_t now_ms = spool_now_ms();
	struct store_lane lane;
	int status;

	if ((status = store_begin(p->store)) != 0)
		return status;
	if ((status = find_lane(p, &lane)) == 0 &&
	    (status = check_bounds(p, &lane)) == 0 &&
	    (status = add_segments(p, &lane, now_ms)) == 0 &&
	    (status = sources_save(&p->sources, p->store, lane.id, now_ms)) ==
		0 &&
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
committed(struct push *p)
{
	size_t rest = p->gaps.len - p->gaps_closed;

	p->stored += p->pending.closed_records;
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
	if (status != LANE_FULL && status != STORE_FULL)
		spool_check(p->store, status);
	if (stop_asked())
		give_up(p);
	spool_wait_tell(&p->wait, why);
	if (status == STORE_FULL)
		spool_check(p->store, store_shrink(p->store));
	p->room = status == STORE_FULL ? DISK_IS_FULL : LANE_IS_FULL;
	p->again_ms = stop_now_ms() + SPOOL_AGAIN_MS;
}

void
push_commit(struct push *p)
{
	char why[STORE_WHY];
	int status = STORE_FULL;

	p->room = ROOM;
	if (p->marks == 0 && p->pending.closed_records == 0 &&
	    p->gaps_closed == 0 && p->refused == p->refused_told)
		return;
	snprintf(why, sizeof(why), "the disk of %s is full", p->path);
	if (store_room(p->store, p->pending.closed_bytes)) {
		status = transaction(p);
		snprintf(why, sizeof(why), "%s", store_why(p->store));
	}
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
