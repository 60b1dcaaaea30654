#include "redact.h"

#include <sysexits.h>

#include "lib/diag.h"

#include "match.h"
#include "redact_hide.h"

#define MOST_MEMBERS 64

static struct {
	bool used;
	struct hide hide;
	const char *members[MOST_MEMBERS]; /* none: all */
	size_t n_members;
	struct buf name;
} redact;

void
redact_option(const char *what)
{
	const char *why = hide_option(&redact.hide, what);

	if (why != NULL)
		die(EX_USAGE, "--redact %s: %s", what, why);
	redact.used = true;
	steps_use(&redact_step);
}

void
redact_member_option(const char *name)
{
	if (redact.n_members == MOST_MEMBERS)
		die(EX_USAGE, "--redact-member: at most %d", MOST_MEMBERS);
	redact.members[redact.n_members++] = name;
}

static void
start(struct job *j)
{
	const char *why = hide_start(&redact.hide);

	(void)j;
	if (why != NULL)
		die(EX_USAGE, "--redact: %s", why);
}

static bool
is_chosen(const struct member *m)
{
	struct value name = { m->name, VALUE_STRING, m->escaped };

	if (redact.n_members == 0)
		return true;
	buf_reset(&redact.name);
	if (value_text(&name, &redact.name) < 0)
		die(EX_TEMPFAIL, "out of memory");
	for (size_t i = 0; i < redact.n_members; i++)
		if (span_is(buf_span(&redact.name), redact.members[i]))
			return true;
	return false;
}

/* The record with its secrets hidden; false: it has none. */
static bool
hide_record(const struct record *r, struct buf *dst)
{
	const char *copied = r->line.at, *end = r->line.at + r->line.len;

	buf_reset(dst);
	hide_look(&redact.hide, r->line);
	for (size_t i = 0; i < r->n_members; i++) {
		const struct member *m = &r->members[i];
		size_t quote = m->value.type == VALUE_STRING;
		struct span value = { m->value.text.at - quote,
			m->value.text.len + 2 * quote };
		size_t before = dst->len;

		if ((i == 0 && span_is(m->name, "_rx")) || !is_chosen(m))
			continue;
		buf_add(
		    dst, (struct span){ copied, (size_t)(value.at - copied) });
		if (hide_json(&redact.hide, value, m->name, dst))
			copied = value.at + value.len;
		else
			dst->len = before;
	}
	if (copied == r->line.at)
		return false;
	buf_add(dst, (struct span){ copied, (size_t)(end - copied) });
	return true;
}

static void
parse_or_die(struct item *it, const struct buf *b)
{
	if (b->failed)
		die(EX_TEMPFAIL, "out of memory");
	if (record_parse(&it->record, buf_span(b)) < 0)
		die(EX_SOFTWARE, "a record is none: %s", it->record.why);
}

/*
 * What was set in the item may hold secrets too, and may quote the record: it
 * is rendered, and the rendering is a record without notes.
 */
static void
fold_in(struct job *j, struct item *it)
{
	enum severity severity = it->severity;

	buf_reset(&it->folded);
	item_render(it, &it->folded);
	if (it->folded.len > RECORD_MAX)
		j->too_large++; /* as it would be without us */
	else
		parse_or_die(it, &it->folded);
	item_reset(it);
	it->severity = severity;
}

void
redact_item(struct job *j, struct item *it)
{
	if (!redact.used)
		return;
	if (it->n_noted > 0)
		fold_in(j, it);
	if (!hide_record(&it->record, &it->rewritten))
		return;
	if (it->rewritten.len > RECORD_MAX) {
		redact.hide.brief = true;
		hide_record(&it->record, &it->rewritten);
		redact.hide.brief = false;
	}
	parse_or_die(it, &it->rewritten);
	item_search(j, it);
}

static enum step_says
take(struct job *j, struct item *it)
{
	redact_item(j, it);
	return STEP_PASS;
}

static void
finish(struct job *j)
{
	const struct hide *h = &redact.hide;

	(void)j;
	for (size_t i = 0; i < h->n; i++) {
		uintmax_t hidden = h->rules[i].hidden;

		/* The rules of a set stand together. */
		while (i + 1 < h->n &&
		    span_is(span_of(h->rules[i].name), h->rules[i + 1].name))
			hidden += h->rules[++i].hidden;
		if (hidden > 0)
			info("%ju hidden: %s", hidden, h->rules[i].name);
	}
	if (h->limited > 0)
		warn("%ju texts hidden whole: a pattern reached its bound",
		    h->limited);
	hide_release(&redact.hide);
	buf_release(&redact.name);
}

const struct step redact_step = { .name = "redact",
	.of_context = true,
	.start = start,
	.take = take,
	.finish = finish };
