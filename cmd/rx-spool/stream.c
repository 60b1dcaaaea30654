/* SPDX-License-Identifier: MIT */
/*
 * stream -- one line of push's input: what it is, and whether it may be here.
 *
 *   line                          marked lane            unmarked lane
 *   no record, last, without LF   dropped (torn)         dropped
 *   no record                     counted, exit 1        counted, exit 1
 *   first: begin, ours            the run begins         64: no --unmarked
 *   first: begin, older epoch     75
 *   first: begin, the claim       75
 *     served another run
 *   first: open, --outcomes       65                     a relay begins
 *   first: anything else          65                     see below
 *   begin of this run, again      65
 *   mark, gap of this run         obeyed                 -
 *   any other control record      stored in `forged`     stored in `forged`
 *   data                          stored, or a replay    stored
 */
#include <stdio.h>
#include <string.h>

#include "cmd/rx-spool/push.h"
#include "lib/diag.h"
#include "lib/stop.h"

void
push_memory(bool good)
{
	if (!good)
		die(EX_TEMPFAIL, "out of memory");
}

/* -- begin ------------------------------------------------------------------ */

/*
 * A run is one stream, but tee can hand it to two: the lane knows its nonce and
 * which push began with it last.
 */
static bool
is_of_run(const struct push *p, const struct store_lane *lane)
{
	size_t len = strlen(p->nonce);

	return strncmp(lane->nonce, p->nonce, len) == 0 &&
	    (lane->nonce[len] == '/' || lane->nonce[len] == '\0');
}

void
push_check_fence(struct push *p, const struct store_lane *lane)
{
	if (p->epoch < lane->epoch)
		die(EX_TEMPFAIL,
		    "fenced: lane %s of %s was claimed with epoch %ju, this "
		    "run has epoch %ju",
		    p->lane, p->path, (uintmax_t)lane->epoch,
		    (uintmax_t)p->epoch);
	if (p->epoch > lane->epoch || strcmp(p->token, lane->token) != 0)
		die(EX_DATAERR,
		    PUSH_BROKEN "its claim with epoch %ju was not made here",
		    p->lane, p->path, (uintmax_t)p->epoch);
	if (lane->nonce[0] != '\0' && !is_of_run(p, lane))
		die(EX_TEMPFAIL,
		    "fenced: the claim of lane %s of %s with epoch %ju served "
		    "another run; each run needs a claim of its own",
		    p->lane, p->path, (uintmax_t)p->epoch);
	if (p->begun && strcmp(lane->nonce + strlen(p->nonce) + 1, p->self))
		die(EX_TEMPFAIL,
		    "fenced: another push began with the stream of this run "
		    "on lane %s of %s",
		    p->lane, p->path);
}

struct source *
push_source(struct push *p, const char *src)
{
	struct store_lane lane;
	struct source *source;
	bool since;
	int status = sources_get(&p->sources, p->store, src, &source, &since);

	push_memory(source != NULL && !source->entry.failed);
	spool_check(p->store, status);
	if (since) {
		/* Not what a newer run saved: that would look like disorder. */
		spool_check(
		    p->store, store_lane_find(p->store, p->lane, &lane));
		push_check_fence(p, &lane);
	}
	return source;
}

static bool
find_claim(struct push *p, struct span claims)
{
	struct walk w;
	struct member m;
	struct claim c;

	walk_init(&w, claims);
	while (walk_next(&w, &m))
		if (m.value.type == VALUE_OBJECT &&
		    claim_parse(m.value.text, &c) == 0 &&
		    span_is(c.spool, store_uuid(p->store)) &&
		    span_is(c.lane, p->lane) &&
		    c.token.len < sizeof(p->token)) {
			p->epoch = c.epoch;
			memcpy(p->token, c.token.at, c.token.len);
			p->token[c.token.len] = '\0';
			return true;
		}
	return false;
}

static void
resume_at(struct push *p, struct span pos)
{
	struct source *source;
	struct walk w;
	struct member m;
	struct entry e;

	walk_init(&w, pos);
	while (walk_next(&w, &m)) {
		if (m.value.type != VALUE_OBJECT ||
		    entry_parse(m.value.text, &e) < 0)
			die(EX_DATAERR, PUSH_BROKEN "begin holds no position",
			    p->lane, p->path);
		source = push_source(p, e.src);
		source->resume = source->marked = e.o;
	}
}

/*
 * From here on the claim serves this run alone: two that began with one claim
 * would each store what they read.
 */
static void
take_lane(struct push *p, struct store_lane *lane)
{
	int status;

	spool_check(p->store, store_begin(p->store));
	status = store_lane_find(p->store, p->lane, lane);
	if (status == STORE_NONE)
		die(EX_DATAERR, PUSH_BROKEN "nobody ever claimed this lane",
		    p->lane, p->path);
	spool_check(p->store, status);
	push_check_fence(p, lane);
	spool_check(p->store, sources_begin(&p->sources, p->store, lane->id));
	digest_nonce(p->self);
	snprintf(lane->nonce, sizeof(lane->nonce), "%s/%s", p->nonce, p->self);
	spool_check(p->store, store_lane_save(p->store, lane));
	spool_check(p->store, store_commit(p->store));
}

static void
begin(struct push *p, const struct control *c)
{
	struct store_lane lane;

	if (c->nonce.len == 0 || c->nonce.len >= sizeof(p->nonce))
		die(EX_DATAERR, PUSH_BROKEN "begin has no nonce", p->lane,
		    p->path);
	if (!find_claim(p, c->claims))
		die(EX_DATAERR, PUSH_BROKEN "begin holds no claim of this lane",
		    p->lane, p->path);
	memcpy(p->nonce, c->nonce.at, c->nonce.len);
	p->nonce[c->nonce.len] = '\0';

	take_lane(p, &lane);
	p->lane_new = lane.marks == 0;
	resume_at(p, c->pos);
	p->begun = true;
	p->next_q = 1;
}

/* -- marks and gaps ----------------------------------------------------------- */

void
push_close(struct push *p)
{
	pending_close(&p->pending);
	push_memory(sources_close(&p->sources) == 0);
	p->gaps_closed = p->gaps.len;
	p->closed.replayed += p->open.replayed;
	p->closed.overlap += p->open.overlap;
	p->closed.forged += p->open.forged;
	p->open = (struct tally){ .forged = 0 };
	p->bare = 0;
	if (p->closed_at_ms == 0)
		p->closed_at_ms = stop_now_ms();
}

static void
mark(struct push *p, const struct control *c)
{
	struct source *source;
	struct walk w;
	struct member m;
	struct entry e;

	if (c->q != p->next_q)
		die(EX_DATAERR,
		    PUSH_BROKEN
		    "mark %ju after mark %ju, a stage drops or reorders",
		    p->lane, p->path, (uintmax_t)c->q,
		    (uintmax_t)p->next_q - 1);
	p->next_q++;
	walk_init(&w, c->pos);
	while (walk_next(&w, &m)) {
		if (m.value.type != VALUE_OBJECT ||
		    entry_parse(m.value.text, &e) < 0)
			die(EX_DATAERR,
			    PUSH_BROKEN "mark %ju holds no position", p->lane,
			    p->path, (uintmax_t)c->q);
		source = push_source(p, e.src);
		if (e.o < source->marked)
			die(EX_DATAERR,
			    PUSH_BROKEN
			    "mark %ju moves source %s back, a stage "
			    "drops or reorders",
			    p->lane, p->path, (uintmax_t)c->q, e.src);
		push_memory(
		    sources_mark(&p->sources, source, &e, m.value.text) == 0);
	}
	p->marks++;
	p->unmarked_lines = 0;
	p->open_ms = 0;
	push_close(p);
}

/* -- a line --------------------------------------------------------------------- */

static void
control(struct push *p, struct span line)
{
	struct control c;
	bool ours = control_parse(&c, line) == 0 && p->begun &&
	    span_is(c.nonce, p->nonce);

	if (!ours)
		push_forged(p, line);
	else if (c.kind == CONTROL_MARK)
		mark(p, &c);
	else if (c.kind == CONTROL_GAP) {
		buf_add(&p->gaps, line);
		buf_addc(&p->gaps, '\n');
		push_memory(!p->gaps.failed);
	} else
		die(EX_DATAERR, PUSH_BROKEN "begin comes twice", p->lane,
		    p->path);
}

static void
first(struct push *p, struct span line)
{
	struct control c;

	if (!record_is_control(line) || control_parse(&c, line) < 0 ||
	    c.kind != CONTROL_BEGIN)
		die(EX_DATAERR,
		    PUSH_BROKEN
		    "it does not start with begin; for a stream without "
		    "marks say --unmarked",
		    p->lane, p->path);
	begin(p, &c);
}

/*
 * Marks would be stored as forged ones, and never obeyed.  True: it is the open
 * of an emit, which wants to be told of what it delivers.
 */
static bool
begins_relay(struct push *p, struct span line)
{
	struct control c;

	if (!record_is_control(line) || control_parse(&c, line) < 0)
		return false;
	if (c.kind == CONTROL_BEGIN)
		die(EX_USAGE,
		    "the stream begins with begin, it carries marks: without "
		    "--unmarked, please");
	p->relays = p->outcomes && c.kind == CONTROL_OPEN;
	return p->relays;
}

/* A marked stream whose begin is lost is broken, not unmarked. */
static void
decide(struct push *p, struct span line)
{
	struct control c;

	p->either = false;
	p->unmarked = !record_is_control(line) || control_parse(&c, line) < 0 ||
	    (c.kind != CONTROL_BEGIN && c.kind != CONTROL_MARK &&
		c.kind != CONTROL_GAP);
}

void
push_line(struct push *p, struct span line, bool torn)
{
	if (p->either)
		decide(p, line);
	if (record_parse(&p->record, line) < 0) {
		if (torn)
			return;
		if (!p->unmarked && !p->begun)
			die(EX_DATAERR,
			    PUSH_BROKEN "it does not start with begin", p->lane,
			    p->path);
		p->taken++;
		if (p->refused++ == p->too_long + p->overlong)
			warn("line %ju is no record: %s at byte %zu",
			    p->in.number, p->record.why, p->record.offset);
		push_answer_refused(p, p->record.why);
		return;
	}
	if (p->unmarked && p->in.number == 1 && begins_relay(p, line))
		return;
	if (!p->unmarked && !p->begun)
		first(p, line);
	else if (record_is_control(line))
		control(p, line);
	else {
		p->unmarked_lines++;
		push_data(p, line);
	}
}
