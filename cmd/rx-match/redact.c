/* SPDX-License-Identifier: MIT */
#include "redact.h"

#include <stdio.h>
#include <sysexits.h>

#include "lib/diag.h"

#include "match.h"
#include "redact_hide.h"
#include "redact_where.h"

struct secrets {
	bool used;
	struct hide hide;
	struct where where;
};
static struct secrets redact, aside; /* what options say; until adopted */

const char *
redact_option(const char *what)
{
	redact.used = true;
	steps_use(&redact_step);
	return hide_option(&redact.hide, what);
}

const char *
redact_member_option(const char *name)
{
	steps_use(&redact_step);
	return where_option(&redact.where, name);
}

static void
forget(void)
{
	aside = redact;
	redact = (struct secrets){ .used = false };
}

static const char *
check(void)
{
	static char text[REX_WHY + 16];
	const char *why;

	if (!redact.used)
		return "--redact-member needs --redact";
	if ((why = hide_start(&redact.hide)) == NULL)
		return NULL;
	snprintf(text, sizeof(text), "--redact: %s", why);
	return text;
}

/* The record with its secrets hidden; false: it has none. */
static bool
hide_record(const struct record *r, struct buf *dst)
{
	const char *copied = r->line.at, *end = r->line.at + r->line.len;
	struct where *w = &redact.where;

	buf_reset(dst);
	hide_look(&redact.hide, r->line);
	where_find(w, r);
	for (size_t i = 0; i < w->n; i++) {
		struct span value = w->places[i].value;
		size_t before = dst->len;

		buf_add(
		    dst, (struct span){ copied, (size_t)(value.at - copied) });
		if (hide_json(&redact.hide, value, w->places[i].name, dst))
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
tell(const struct hide *h)
{
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
}

static void
release(struct secrets *s)
{
	hide_release(&s->hide);
	where_release(&s->where);
	*s = (struct secrets){ .used = false };
}

static void
adopt(struct job *j, bool good)
{
	(void)j;
	if (good)
		tell(&aside.hide);
	release(good ? &aside : &redact);
	if (!good)
		redact = aside;
	aside = (struct secrets){ .used = false };
}

static void
finish(struct job *j)
{
	(void)j;
	tell(&redact.hide);
	release(&redact);
}

const struct step redact_step = { .name = "redact",
	.of_context = true,
	.forget = forget,
	.check = check,
	.adopt = adopt,
	.take = take,
	.finish = finish };
