/* SPDX-License-Identifier: MIT */
/* history_query -- what is asked of a history, from the query of a request. */
#include <string.h>

#include "cmd/rx-serve/history.h"
#include "lib/num.h"
#include "lib/rtime.h"

#define LIMIT 100

static bool
set_time(int64_t *ns, const char *text)
{
	struct rtime_found found;
	const char *why;
	int64_t ago;

	if (rtime_parse(span_of(text), &found) == 0)
		*ns = found.ns;
	else if (num_duration(span_of(text), &ago, &why) == 0)
		*ns = rtime_now_ns() - ago;
	else
		return false;
	return true;
}

static bool
set_number(uint64_t *to, const char *text, uint64_t max)
{
	const char *why;

	return num_u64(span_of(text), to, &why) == 0 && *to >= 1 && *to <= max;
}

static bool
add_where(
    struct history_query *q, const char *member, size_t n, const char *value)
{
	struct history_where *w = &q->where[q->n_where];

	if (q->n_where == HISTORY_WHERE || n == 0)
		return false;
	memcpy(w->member, member, n);
	w->member[n] = '\0';
	strcpy(w->value, value);
	q->n_where++;
	return true;
}

/* One item of the query; NULL, or what is wrong. */
static const char *
set(struct history_query *q, const struct query_item *item)
{
	const char *name = item->name, *value = item->value;
	const char *equals = strchr(value, '=');

	if (strcmp(name, "since") == 0)
		return set_time(&q->since_ns, value)
		    ? NULL
		    : "since: RFC 3339, or a duration";
	if (strcmp(name, "until") == 0)
		return set_time(&q->until_ns, value)
		    ? NULL
		    : "until: RFC 3339, or a duration";
	if (strcmp(name, "limit") == 0)
		return set_number(&q->limit, value, HISTORY_LIMIT)
		    ? NULL
		    : "limit: 1 to 1000";
	if (strcmp(name, "cursor") == 0)
		return set_number(&q->before, value, INT64_MAX)
		    ? NULL
		    : "cursor: next of an answer";
	if (strcmp(name, "user") == 0)
		return add_where(q, "user_id", strlen("user_id"), value)
		    ? NULL
		    : "too many members";
	if (strcmp(name, "severity") == 0)
		return add_where(q, name, strlen(name), value)
		    ? NULL
		    : "too many members";
	if (strcmp(name, "where") == 0)
		return equals != NULL &&
			add_where(
			    q, value, (size_t)(equals - value), equals + 1)
		    ? NULL
		    : "where: MEMBER=VALUE, 4 members at most";
	return "a history is asked for since, until, where, user, severity, "
	       "limit, cursor";
}

bool
history_query_parse(
    struct history_query *q, struct span query, const char **why)
{
	struct query_item item;

	*why = NULL;
	*q = (struct history_query){ .since_ns = INT64_MIN,
		.until_ns = INT64_MAX,
		.limit = LIMIT,
		.before = UINT64_MAX };
	while (*why == NULL && query_next(&query, &item, why) > 0)
		*why = set(q, &item);
	return *why == NULL;
}
