/* SPDX-License-Identifier: MIT */
/* store_lane -- lanes: found, made, claimed, and their counters. */
#include <string.h>

#include "lib/rtime.h"
#include "lib/store_db.h"

#define COUNTER_NAME(id, name) [id] = (name),

const char *const store_counter_names[STORE_COUNTERS] = { STORE_COUNTER_LIST(
    COUNTER_NAME) };

const char *const store_policy_names[] = {
	[FULL_BLOCK] = "block",
	[FULL_OLDEST] = "oldest",
	[FULL_NEWEST] = "newest",
	[FULL_RANDOM] = "random",
	NULL,
};

bool
store_lane_valid(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	size_t len = strlen(name);

	return len > 0 && len <= STORE_LANE_MAX && strspn(name, good) == len;
}

static enum store_kind
kind_of(sqlite3_stmt *s, int at)
{
	if (sqlite3_column_type(s, at) == SQLITE_NULL)
		return LANE_OPEN;
	return span_is(column_span(s, at), "marked") ? LANE_MARKED
						     : LANE_UNMARKED;
}

static enum store_policy
policy_of(struct span name)
{
	int i = 0;

	while (store_policy_names[i] != NULL &&
	    !span_is(name, store_policy_names[i]))
		i++;
	return store_policy_names[i] != NULL ? (enum store_policy)i
					     : FULL_BLOCK;
}

static int
fill(struct store *st, sqlite3_stmt *s, struct store_lane *l)
{
	int at = 0;

	l->id = sqlite3_column_int64(s, at++);
	column_copy(s, at++, l->name, sizeof(l->name));
	l->kind = kind_of(s, at++);
	l->epoch = column_u64(s, at++);
	column_copy(s, at++, l->token, sizeof(l->token));
	column_copy(s, at++, l->nonce, sizeof(l->nonce));
	l->marks = column_u64(s, at++);
	l->emit_epoch = column_u64(s, at++);
	l->next_tag = column_u64(s, at++);
	l->bytes = column_u64(s, at++);
	l->max_records = column_u64(s, at++);
	l->max_bytes = column_u64(s, at++);
	l->max_age_ms = column_u64(s, at++);
	l->max_attempts = column_u64(s, at++);
	l->policy = policy_of(column_span(s, at++));
	l->keep_ms = sqlite3_column_int64(s, at++);
	l->keep_bytes = column_u64(s, at++);
	l->kept_bytes = column_u64(s, at++);
	l->dead_max_records = column_u64(s, at++);
	l->dead_max_bytes = column_u64(s, at++);
	l->dead_bytes = column_u64(s, at++);
	l->sampled_ms = sqlite3_column_int64(s, at++);
	for (int i = 0; i < STORE_COUNTERS; i++)
		l->count[i] = column_u64(s, at++);
	if (store_lane_valid(l->name))
		return 0;
	return store_fail(st, EX_DATAERR,
	    "%s is damaged: lane %jd has a name that is none", st->path,
	    (intmax_t)l->id);
}

static int
find(struct store *st, sqlite3_stmt *s, struct store_lane *l)
{
	int status, rc = store_step(st, s, &status);

	if (rc == SQLITE_ROW)
		status = fill(st, s, l);
	else if (rc == SQLITE_DONE)
		status = STORE_NONE;
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

int
store_lane_find(struct store *st, const char *name, struct store_lane *l)
{
	sqlite3_stmt *s = store_sql(st, SQL_LANE_FIND);
	int status;

	if (s != NULL)
		bind_text(s, 1, name);
	status = find(st, s, l);
	if (status == STORE_NONE)
		store_fail(st, status, "%s has no lane %s", st->path, name);
	return status;
}

int
store_lane_by_id(struct store *st, int64_t id, struct store_lane *l)
{
	sqlite3_stmt *s = store_sql(st, SQL_LANE_BY_ID);
	int status;

	if (s != NULL)
		sqlite3_bind_int64(s, 1, id);
	status = find(st, s, l);
	if (status == STORE_NONE)
		status = store_fail(st, EX_DATAERR,
		    "%s is damaged: a segment has no lane", st->path);
	return status;
}

int
store_lane_make(struct store *st, const char *name, struct store_lane *l)
{
	sqlite3_stmt *s;
	int status = store_lane_find(st, name, l);

	if (status != STORE_NONE)
		return status;
	s = store_sql(st, SQL_LANE_ADD);
	if (s != NULL)
		bind_text(s, 1, name);
	if ((status = store_run(st, s)) != 0 ||
	    (status = store_schema_lane_view(st, name)) != 0 ||
	    (status = store_lane_find(st, name, l)) != 0)
		return status;
	/* The lane at hand is saved by who made it, for it to hold records. */
	return store_lane_sample(st, l, rtime_now_ns() / 1000000);
}

int
store_lane_save(struct store *st, const struct store_lane *l)
{
	static const char *const kinds[] = { NULL, "marked", "unmarked" };
	sqlite3_stmt *s = store_sql(st, SQL_LANE_SAVE);
	int at = 1;

	if (s == NULL)
		return store_run(st, s);
	if (kinds[l->kind] == NULL)
		sqlite3_bind_null(s, at++);
	else
		bind_text(s, at++, kinds[l->kind]);
	bind_u64(s, at++, l->epoch);
	bind_text(s, at++, l->token);
	bind_text(s, at++, l->nonce);
	bind_u64(s, at++, l->marks);
	bind_u64(s, at++, l->emit_epoch);
	bind_u64(s, at++, l->next_tag);
	bind_u64(s, at++, l->bytes);
	bind_u64(s, at++, l->max_records);
	bind_u64(s, at++, l->max_bytes);
	bind_u64(s, at++, l->max_age_ms);
	bind_u64(s, at++, l->max_attempts);
	bind_text(s, at++, store_policy_names[l->policy]);
	sqlite3_bind_int64(s, at++, l->keep_ms);
	bind_u64(s, at++, l->keep_bytes);
	bind_u64(s, at++, l->kept_bytes);
	bind_u64(s, at++, l->dead_max_records);
	bind_u64(s, at++, l->dead_max_bytes);
	bind_u64(s, at++, l->dead_bytes);
	sqlite3_bind_int64(s, at++, l->sampled_ms);
	for (int i = 0; i < STORE_COUNTERS; i++)
		bind_u64(s, at++, l->count[i]);
	sqlite3_bind_int64(s, at, l->id);
	return store_run(st, s);
}

uint64_t
store_lane_pending(const struct store_lane *l)
{
	return l->count[STORED] - l->count[ACKED] - l->count[DEAD] -
	    l->count[DROPPED] - l->count[PURGED] - l->count[LOST];
}

uint64_t
store_lane_letters(const struct store_lane *l)
{
	return l->count[DEAD] + l->count[DROPPED] - l->count[DEAD_DROPPED] -
	    l->count[DEAD_PURGED] - l->count[RESTORED];
}

int
store_lane_claim(struct store *st, struct store_lane *l)
{
	if (l->kind == LANE_UNMARKED)
		return store_fail(st, EX_DATAERR,
		    "lane %s of %s is unmarked: nothing can claim it", l->name,
		    st->path);
	l->kind = LANE_MARKED;
	l->epoch++;
	digest_nonce(l->token);
	l->nonce[0] = '\0';
	return store_lane_save(st, l);
}

static int
ask(struct store *st, sqlite3_stmt *s, int64_t *answer)
{
	int status, rc = store_step(st, s, &status);

	if (rc == SQLITE_ROW)
		*answer = sqlite3_column_int64(s, 0);
	else if (rc == SQLITE_DONE)
		status = STORE_NONE;
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}

int
store_lane_in_epoch(struct store *st, uint64_t epoch, int64_t *lane)
{
	sqlite3_stmt *s = store_sql(st, SQL_LANE_IN_EPOCH);

	if (s != NULL)
		bind_u64(s, 1, epoch);
	return ask(st, s, lane);
}

int
store_lane_next_epoch(struct store *st, uint64_t *epoch)
{
	int64_t last = 0;
	int status = ask(st, store_sql(st, SQL_LAST_EPOCH), &last);

	*epoch = (uint64_t)last + 1;
	return status;
}

int
store_lanes(
    struct store *st, int (*each)(void *, const struct store_lane *), void *arg)
{
	sqlite3_stmt *s = store_sql(st, SQL_LANE_ALL);
	struct store_lane l;
	int status;

	while (store_step(st, s, &status) == SQLITE_ROW) {
		if ((status = fill(st, s, &l)) != 0 ||
		    (status = each(arg, &l)) != 0)
			break;
	}
	if (s != NULL)
		sqlite3_reset(s);
	return status;
}
