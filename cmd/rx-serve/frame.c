/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/frame.h"

#include "lib/jstr.h"
#include "lib/rtime.h"

static void
add_now(struct buf *dst)
{
	char now[RTIME_MAX];
	size_t len = rtime_render(now, rtime_now_ns(), 3);

	buf_addc(dst, '"');
	buf_add(dst, (struct span){ now, len });
	buf_addc(dst, '"');
}

static void
add_value(struct buf *dst, const struct value *v)
{
	bool quoted = v->type == VALUE_STRING;

	if (quoted)
		buf_addc(dst, '"');
	buf_add(dst, v->text);
	if (quoted)
		buf_addc(dst, '"');
}

static void
add_others(struct buf *dst, const struct record *rec, const char *log_name)
{
	for (size_t i = 0; i < rec->n_members; i++) {
		const struct member *m = &rec->members[i];

		if (!m->escaped &&
		    (span_is(m->name, "timestamp") || span_is(m->name, "_rx") ||
			span_is(m->name, "log") || span_is(m->name, log_name)))
			continue;
		buf_adds(dst, ",\"");
		buf_add(dst, m->name);
		buf_adds(dst, "\":");
		add_value(dst, &m->value);
	}
}

static bool
get_string(struct record *rec, const char *name, struct value *v)
{
	return record_get(rec, name, v) && v->type == VALUE_STRING;
}

bool
frame_log(struct buf *dst, struct record *rec, struct span line, bool *refused)
{
	const char *log_name = "log_line";
	struct value v;

	*refused = false;
	if (record_is_control(line))
		return false;
	buf_adds(dst, "{\"timestamp\":");
	if (record_parse(rec, line) < 0) {
		add_now(dst);
		buf_adds(dst, ",\"log\":");
		jstr_add(dst, line);
	} else {
		if (get_string(rec, "timestamp", &v))
			add_value(dst, &v);
		else
			add_now(dst);
		buf_adds(dst, ",\"log\":");
		if (!get_string(rec, log_name, &v))
			log_name = "log";
		if (get_string(rec, log_name, &v)) {
			add_value(dst, &v);
			add_others(dst, rec, log_name);
		} else
			jstr_add(dst, line);
	}
	buf_addc(dst, '}');
	*refused = dst->failed || dst->len > FRAME_MAX;
	return !*refused;
}

bool
frame_record(
    struct buf *dst, struct record *rec, struct span line, bool *refused)
{
	*refused = false;
	if (record_is_control(line))
		return false;
	if ((*refused = record_parse(rec, line) < 0))
		return false;
	buf_addc(dst, '{');
	for (size_t i = 0; i < rec->n_members; i++) {
		const struct member *m = &rec->members[i];

		if (!m->escaped && span_is(m->name, "_rx"))
			continue;
		buf_adds(dst, dst->len > 1 ? ",\"" : "\"");
		buf_add(dst, m->name);
		buf_adds(dst, "\":");
		add_value(dst, &m->value);
	}
	buf_addc(dst, '}');
	*refused = dst->failed || dst->len > FRAME_MAX;
	return !*refused;
}
