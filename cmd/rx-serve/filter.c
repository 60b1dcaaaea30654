/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/filter.h"

#include "lib/ascii.h"
#include "lib/jstr.h"

static const char *const levels[] = { "critical", "failure", "error", "warn",
	"info" };
#define N_LEVELS (sizeof(levels) / sizeof(*levels))

static unsigned
level_bit(struct span name)
{
	for (size_t i = 0; i < N_LEVELS; i++)
		if (span_is(name, levels[i]))
			return 1u << i;
	return 0;
}

static void
lower(char *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at[i] = (char)to_lower(at[i]);
}

static int
fail(const char **why, const char *text)
{
	*why = text;
	return -1;
}

static int
set_levels(struct filter *f, const char *list, const char **why)
{
	for (;;) {
		size_t n = strcspn(list, ",");
		unsigned bit = level_bit((struct span){ list, n });

		if (bit == 0)
			break;
		f->levels |= bit;
		list += n;
		if (*list == '\0')
			return 1;
		list++;
	}
	return fail(why, "severity: critical,failure,error,warn,info");
}

static int
set_text(struct filter_text *t, const char *value, const char **why)
{
	t->len = strlen(value);
	if (t->len == 0 || t->len > sizeof(t->bytes))
		return fail(why, "q and glob: 1 to 256 bytes");
	memcpy(t->bytes, value, t->len);
	lower(t->bytes, t->len);
	return 1;
}

static int
set_glob(struct filter *f, const char *value, const char **why)
{
	size_t stars = 0;

	for (const char *at = value; *at != '\0'; at++)
		stars += *at == '*';
	if (stars >= FILTER_PIECES)
		return fail(why, "glob: at most 15 stars");
	f->has_glob = true;
	return set_text(&f->glob, value, why);
}

void
filter_init(struct filter *f)
{
	memset(f, 0, sizeof(*f));
}

int
filter_set(
    struct filter *f, const char *name, const char *value, const char **why)
{
	if (strcmp(name, "severity") == 0)
		return f->levels != 0 ? fail(why, "severity twice")
				      : set_levels(f, value, why);
	if (strcmp(name, "q") == 0)
		return f->q.len > 0 ? fail(why, "q twice")
				    : set_text(&f->q, value, why);
	if (strcmp(name, "glob") == 0)
		return f->has_glob ? fail(why, "glob twice")
				   : set_glob(f, value, why);
	return 0;
}

bool
filter_is_all(const struct filter *f)
{
	return f->levels == 0 && f->q.len == 0 && !f->has_glob;
}

bool
filter_same(const struct filter *a, const struct filter *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

struct filter_view
filter_look(struct record *rec, struct span body, struct buf *scratch)
{
	struct filter_view view = { 0, { NULL, 0 } };
	struct value v;

	buf_reset(scratch);
	if (record_parse(rec, body) < 0)
		return view;
	if (record_get(rec, "severity", &v) && v.type == VALUE_STRING)
		view.level = level_bit(v.text);
	if (!record_get(rec, "log", &v) || v.type != VALUE_STRING)
		return view;
	if (!v.escaped)
		buf_add(scratch, v.text);
	else if (jstr_unescape(scratch, v.text) < 0)
		buf_reset(scratch);
	lower(scratch->at, scratch->len);
	view.text = buf_span(scratch);
	return view;
}

/* Pieces in order; the first and the last stand at the ends. */
static bool
is_like(struct span text, struct span glob)
{
	bool first = true;

	for (;;) {
		const char *star =
		    glob.len == 0 ? NULL : memchr(glob.at, '*', glob.len);
		struct span piece = glob;
		const char *at;

		if (star == NULL) { /* the last */
			if (first)
				return span_eq(text, piece);
			return text.len >= piece.len &&
			    span_eq(
				span_skip(text, text.len - piece.len), piece);
		}
		piece.len = (size_t)(star - glob.at);
		if (first && !span_starts(text, piece))
			return false;
		at = piece.len == 0
		    ? text.at
		    : memmem(text.at, text.len, piece.at, piece.len);
		if (at == NULL && piece.len > 0)
			return false;
		if (piece.len > 0)
			text =
			    span_skip(text, (size_t)(at - text.at) + piece.len);
		glob = span_skip(glob, piece.len + 1);
		first = false;
	}
}

bool
filter_takes(const struct filter *f, const struct filter_view *view)
{
	struct span text = view->text;

	if (f->levels != 0 && (f->levels & view->level) == 0)
		return false;
	if (f->q.len > 0 &&
	    (text.len < f->q.len ||
		memmem(text.at, text.len, f->q.bytes, f->q.len) == NULL))
		return false;
	return !f->has_glob ||
	    is_like(text, (struct span){ f->glob.bytes, f->glob.len });
}
