/* SPDX-License-Identifier: MIT */
#include "cmd/rx-spool/select.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/diag.h"
#include "lib/num.h"
#include "lib/rtime.h"

void
select_init(struct select *s)
{
	*s = (struct select){ .since_ns = INT64_MIN, .until_ns = INT64_MAX };
	record_init(&s->record);
	buf_init(&s->text);
}

void
select_release(struct select *s)
{
	free(s->where);
	record_release(&s->record);
	buf_release(&s->text);
}

static int64_t
time_of(const char *option, const char *arg)
{
	struct rtime_found found;
	const char *why;
	int64_t ago;

	if (rtime_parse(span_of(arg), &found) == 0)
		return found.ns;
	if (num_duration(span_of(arg), &ago, &why) == 0)
		return rtime_now_ns() - ago;
	die(EX_USAGE, "%s %s: neither RFC 3339 nor a duration", option, arg);
}

static void
add_where(struct select *s, char *arg)
{
	struct where *where;
	char *equals = strchr(arg, '=');

	if (equals == NULL || equals == arg)
		die(EX_USAGE, "--where %s: MEMBER=VALUE", arg);
	where = realloc(s->where, (s->n_where + 1) * sizeof(*where));
	if (where == NULL)
		die(EX_TEMPFAIL, "out of memory");
	*equals = '\0';
	s->where = where;
	where[s->n_where++] = (struct where){ arg, span_of(equals + 1) };
}

bool
select_option(struct select *s, int option)
{
	switch (option) {
	case OPT_LIMIT:
		s->limit = num_opt_u64("--limit", optarg, 0, INT64_MAX);
		return true;
	case OPT_SINCE: s->since_ns = time_of("--since", optarg); return true;
	case OPT_UNTIL: s->until_ns = time_of("--until", optarg); return true;
	case OPT_WHERE: add_where(s, optarg); return true;
	default: return false;
	}
}

static bool
is_equal(struct select *s, const struct value *v, struct span want)
{
	if (v->type != VALUE_STRING || !v->escaped)
		return span_eq(v->text, want);
	buf_reset(&s->text);
	return value_text(v, &s->text) == 0 &&
	    span_eq(buf_span(&s->text), want);
}

static bool
is_in_time(struct select *s, int64_t stored_ms)
{
	int64_t ns = stored_ms * NUM_MS;
	struct rtime_found found;
	struct value v;

	if (record_get(&s->record, "timestamp", &v) && v.type == VALUE_STRING &&
	    rtime_parse(v.text, &found) == 0)
		ns = found.ns;
	return ns >= s->since_ns && ns <= s->until_ns;
}

bool
select_takes(struct select *s, struct span record, int64_t stored_ms)
{
	struct value v;
	bool timed = s->since_ns != INT64_MIN || s->until_ns != INT64_MAX;

	if (timed || s->n_where > 0) {
		if (record_parse(&s->record, record) < 0)
			die(EX_DATAERR,
			    "the spool is damaged: a record is none: %s",
			    s->record.why);
		for (size_t i = 0; i < s->n_where; i++)
			if (!record_get(&s->record, s->where[i].member, &v) ||
			    !is_equal(s, &v, s->where[i].value))
				return false;
		if (timed && !is_in_time(s, stored_ms))
			return false;
	}
	s->taken++;
	return true;
}
