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
 *   first: anything else          65                     see below
 *   begin of this run, again      65
 *   mark, gap of this run         obeyed                 -
 *   any other control record      stored in `forged`     stored in `forged`
 *   data                          stored, or a replay    stored
 */
#include <string.h>

#include "cmd/rx-spool/push.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/rtime.h"
#include "lib/stop.h"

#define FORGED_MAX (400 * 1024) /* of its text: escaped it may double */

#define BROKEN "the stream on lane %s of %s is broken: "

static void
check_memory(bool good)
{
	if (!good)
		die(EX_TEMPFAIL, "out of memory");
}

static struct source *
source_of(struct push *p, const char *src)
{
	struct source *source = sources_get(&p->sources, src);

	check_memory(source != NULL);
	return source;
}

/* -- begin ------------------------------------------------------------------ */

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
		    BROKEN "its claim with epoch %ju was not made here",
		    p->lane, p->path, (uintmax_t)p->epoch);
	if (lane->nonce[0] != '\0' && strcmp(p->nonce, lane->nonce) != 0)
		die(EX_TEMPFAIL,
		    "fenced: the claim of lane %s of %s with epoch %ju served "
		    "another run; each run needs a claim of its own",
		    p->lane, p->path, (uintmax_t)p->epoch);
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
			die(EX_DATAERR, BROKEN "begin holds no position",
			    p->lane, p->path);
		source = source_of(p, e.src);
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
		die(EX_DATAERR, BROKEN "nobody ever claimed this lane", p->lane,
		    p->path);
	spool_check(p->store, status);
	push_check_fence(p, lane);
	spool_check(p->store, sources_load(&p->sources, p->store, lane->id));
	strcpy(lane->nonce, p->nonce);
	spool_check(p->store, store_lane_save(p->store, lane));
	spool_check(p->store, store_commit(p->store));
}

static void
begin(struct push *p, const struct control *c)
{
	struct store_lane lane;

	if (c->nonce.len == 0 || c->nonce.len >= sizeof(p->nonce))
		die(EX_DATAERR, BROKEN "begin has no nonce", p->lane, p->path);
	if (!find_claim(p, c->claims))
		die(EX_DATAERR, BROKEN "begin holds no claim of this lane",
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
	check_memory(sources_close(&p->sources) == 0);
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
		    BROKEN "mark %ju after mark %ju, a stage drops or reorders",
		    p->lane, p->path, (uintmax_t)c->q,
		    (uintmax_t)p->next_q - 1);
	p->next_q++;
	walk_init(&w, c->pos);
	while (walk_next(&w, &m)) {
		if (m.value.type != VALUE_OBJECT ||
		    entry_parse(m.value.text, &e) < 0)
			die(EX_DATAERR, BROKEN "mark %ju holds no position",
			    p->lane, p->path, (uintmax_t)c->q);
		source = source_of(p, e.src);
		if (e.o < source->marked)
			die(EX_DATAERR,
			    BROKEN "mark %ju moves source %s back, a stage "
				   "drops or reorders",
			    p->lane, p->path, (uintmax_t)c->q, e.src);
		check_memory(
		    sources_mark(&p->sources, source, &e, m.value.text) == 0);
	}
	p->marks++;
	p->unmarked_lines = 0;
	p->open_ms = 0;
	push_close(p);
}

/* -- data --------------------------------------------------------------------- */

/* Before a record is added; c is NULL when it has no coordinates. */
static void
bound_segment(struct push *p, const struct coord *c)
{
	uint64_t bytes = p->pending.bytes - p->pending.closed_bytes;
	bool of_one_line =
	    c != NULL && c->e == p->last_e && strcmp(c->src, p->last_src) == 0;

	if (bytes > p->max_segment && !of_one_line)
		push_commit_early(p);
	if (bytes / 2 > p->max_segment && of_one_line)
		die(EX_DATAERR,
		    BROKEN "one line of source %s became more than twice "
			   "--max-segment %ju bytes",
		    p->lane, p->path, c->src, (uintmax_t)p->max_segment);
	p->last_e = 0;
	if (c != NULL) {
		p->last_e = c->e;
		memcpy(p->last_src, c->src, sizeof(p->last_src));
	}
}

/* False: stored by an earlier run (P3). */
static bool
is_new(struct push *p, const struct coord *c)
{
	struct source *source = source_of(p, c->src);

	if (c->e <= source->marked && c->o >= source->resume)
		die(EX_DATAERR,
		    BROKEN "a record of source %s comes behind its mark, a "
			   "stage reorders",
		    p->lane, p->path, c->src);
	if (c->e <= source->guard) {
		p->open.replayed++;
		return false;
	}
	if (c->o < source->guard)
		p->open.overlap++;
	check_memory(sources_data(&p->sources, source, c->e) == 0);
	return true;
}

static void
store(struct push *p, struct span record, bool anonymous)
{
	struct span time = { NULL, 0 };
	struct value v;

	if (record_get(&p->record, "timestamp", &v) && v.type == VALUE_STRING)
		time = v.text;
	check_memory(pending_add(&p->pending, record, time, anonymous) == 0);
}

/* Refused: as a delivery it would be longer than a record may be. */
static bool
is_too_long(struct push *p, struct span record)
{
	if (record.len <= RECORD_MAX - SPOOL_DELIVERY)
		return false;
	if (p->too_long++ == 0)
		warn("line %ju is too long to be delivered: %zu bytes, at most "
		     "%d",
		    p->in.number, record.len, RECORD_MAX - SPOOL_DELIVERY);
	p->refused++;
	return true;
}

static void
data(struct push *p, struct span line)
{
	struct span record;
	struct coord c;
	enum origin origin = push_origin(p, line, &c, &record);

	bound_segment(p, origin == COORDINATES ? &c : NULL);
	if (origin != COORDINATES)
		p->bare++;
	else if (!p->unmarked && !is_new(p, &c))
		return;
	if (!is_too_long(p, record))
		store(p, record, origin == NO_ID);
}

/* A control record that is not this run's: kept as text, not obeyed. */
static void
forged(struct push *p, struct span line)
{
	char now[RTIME_MAX];
	struct buf *b = &p->normal;

	if (p->open.forged == 0 && p->closed.forged == 0)
		warn("line %ju: a control record of another run: stored, not "
		     "obeyed",
		    p->in.number);
	bound_segment(p, NULL);
	p->open.forged++;
	p->bare++;
	rtime_render(now, rtime_now_ns(), 3);
	if (line.len > FORGED_MAX)
		line.len = FORGED_MAX;
	buf_reset(b);
	buf_addf(b, "{\"timestamp\":\"%s\",\"forged\":", now);
	jstr_add(b, line);
	buf_addc(b, '}');
	check_memory(!b->failed);
	p->record.n_members = 0;
	check_memory(
	    pending_add(&p->pending, buf_span(b), span_of(now), true) == 0);
}

/* -- a line --------------------------------------------------------------------- */

static void
control(struct push *p, struct span line)
{
	struct control c;
	bool ours = control_parse(&c, line) == 0 && p->begun &&
	    span_is(c.nonce, p->nonce);

	if (!ours)
		forged(p, line);
	else if (c.kind == CONTROL_MARK)
		mark(p, &c);
	else if (c.kind == CONTROL_GAP) {
		buf_add(&p->gaps, line);
		buf_addc(&p->gaps, '\n');
		check_memory(!p->gaps.failed);
	} else
		die(EX_DATAERR, BROKEN "begin comes twice", p->lane, p->path);
}

static void
first(struct push *p, struct span line)
{
	struct control c;

	if (!record_is_control(line) || control_parse(&c, line) < 0 ||
	    c.kind != CONTROL_BEGIN)
		die(EX_DATAERR,
		    BROKEN "it does not start with begin; for a stream without "
			   "marks say --unmarked",
		    p->lane, p->path);
	begin(p, &c);
}

/* Marks would be stored as forged ones, and never obeyed. */
static void
check_unmarked(struct span line)
{
	struct control c;

	if (record_is_control(line) && control_parse(&c, line) == 0 &&
	    c.kind == CONTROL_BEGIN)
		die(EX_USAGE,
		    "the stream begins with begin, it carries marks: without "
		    "--unmarked, please");
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
			die(EX_DATAERR, BROKEN "it does not start with begin",
			    p->lane, p->path);
		if (p->refused++ == p->too_long)
			warn("line %ju is no record: %s at byte %zu",
			    p->in.number, p->record.why, p->record.offset);
		return;
	}
	if (p->unmarked && p->in.number == 1)
		check_unmarked(line);
	if (!p->unmarked && !p->begun)
		first(p, line);
	else if (record_is_control(line))
		control(p, line);
	else {
		p->unmarked_lines++;
		data(p, line);
	}
}
