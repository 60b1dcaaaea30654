/* SPDX-License-Identifier: MIT */
#include "redact_hide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ascii.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/record.h"

#define NO_SET REDACT_SETS

/* A pattern that was given, as a row without questions. */
static const struct redact_row given = { NO_SET, NULL, NULL, NULL };

static bool
takes_set(struct hide *h, struct span name)
{
	bool all = span_is(name, "all"), taken = all;

	for (size_t i = 0; i < REDACT_SETS; i++)
		if (all || span_is(name, redact_set_names[i]))
			h->sets[i] = taken = true;
	return taken;
}

static const char *
add_rule(struct hide *h, const char *name, const char *pattern, unsigned flags,
    const struct redact_row *row)
{
	struct hide_rule *rule;
	static char why[REX_WHY];

	h->rules = or_die(realloc(h->rules, (h->n + 1) * sizeof(*h->rules)));
	rule = &h->rules[h->n++];
	*rule = (struct hide_rule){ name, rex_new(), row, 0 };
	if (rex_add(rule->rex, span_of(pattern), flags, why) < 0)
		return why;
	rex_compile(rule->rex);
	return NULL;
}

const char *
hide_option(struct hide *h, const char *what)
{
	const char *equals = strchr(what, '=');
	struct span rest = span_of(what), name;

	if (equals != NULL) {
		static const char *const wrong =
		    "a name has letters, digits, - and _ only";
		char *copy;

		for (const char *p = what; p < equals; p++)
			if (!is_letter(*p) && !is_digit(*p) && *p != '-' &&
			    *p != '_')
				return wrong;
		if (equals == what)
			return wrong;
		copy = or_die(strndup(what, (size_t)(equals - what)));
		return add_rule(h, copy, equals + 1, 0, &given);
	}
	do {
		const char *comma = memchr(rest.at, ',', rest.len);

		name = rest;
		if (comma != NULL)
			name.len = (size_t)(comma - rest.at);
		if (!takes_set(h, name))
			return "no such set: all, password, token, card, "
			       "email, ip, or NAME=REGEX";
		rest = span_skip(rest, name.len + (comma != NULL));
	} while (rest.len > 0);
	return NULL;
}

static const char *
start_names(struct hide *h, size_t set)
{
	static char why[REX_WHY];

	h->names[set] = rex_new();
	if (rex_add(h->names[set], span_of(redact_names[set]), REX_ICASE, why) <
	    0)
		return why;
	rex_compile(h->names[set]);
	return NULL;
}

const char *
hide_start(struct hide *h)
{
	const char *why = NULL;

	for (size_t i = 0; i < n_redact_rows && why == NULL; i++)
		if (h->sets[redact_rows[i].set])
			why = add_rule(h, redact_set_names[redact_rows[i].set],
			    redact_rows[i].pattern, REX_ICASE, &redact_rows[i]);
	for (size_t i = 0; i < REDACT_SETS && why == NULL; i++)
		if (h->sets[i] && redact_names[i] != NULL)
			why = start_names(h, i);
	scan_init(&h->words);
	for (size_t i = 0; i < n_redact_words; i++)
		scan_add(&h->words, span_of(redact_words[i]), SCAN_WORD);
	scan_build(&h->words);
	return why;
}

void
hide_release(struct hide *h)
{
	for (size_t i = 0; i < h->n; i++) {
		if (h->rules[i].row == &given)
			free((char *)(uintptr_t)h->rules[i].name);
		rex_free(h->rules[i].rex);
	}
	for (size_t i = 0; i < REDACT_SETS; i++)
		rex_free(h->names[i]);
	free(h->rules);
	buf_release(&h->text);
	buf_release(&h->turn[0]);
	buf_release(&h->turn[1]);
}

static void
add_mark(const struct hide *h, const char *name, struct buf *dst)
{
	if (h->brief) {
		buf_addc(dst, '*');
		return;
	}
	buf_adds(dst, "[redacted:");
	buf_adds(dst, name);
	buf_addc(dst, ']');
}

/* The start of the character behind the one at `at`. */
static size_t
behind(struct span text, size_t at)
{
	do
		at++;
	while (at < text.len && (text.at[at] & 0xc0) == 0x80);
	return at;
}

/* One rule over a text.  REX_YES: the result was appended; LIMIT: nothing. */
static enum rex_answer
apply(struct hide *h, struct hide_rule *r, struct span text, struct buf *dst)
{
	size_t from = 0, copied = 0, before = dst->len;
	enum rex_answer answer = REX_NO;
	struct rex_hit hit;

	while (from < text.len &&
	    (answer = rex_one_from(r->rex, 0, text, from, &h->budget, &hit)) ==
		REX_YES) {
		struct span match = span_skip(text, hit.start);

		match.len = hit.end > hit.start ? hit.end - hit.start : 0;
		if (r->row->accept != NULL && match.len > 0)
			match.len = r->row->accept(match);
		if (match.len == 0) { /* go on behind its first character */
			from =
			    behind(text, hit.start > from ? hit.start : from);
			continue;
		}
		buf_add(
		    dst, (struct span){ text.at + copied, hit.start - copied });
		add_mark(h, r->name, dst);
		from = copied = hit.start + match.len;
		r->hidden++;
	}
	if (answer == REX_LIMIT) {
		dst->len = before;
		return REX_LIMIT;
	}
	if (copied == 0)
		return REX_NO;
	buf_add(dst, span_skip(text, copied));
	return REX_YES;
}

static bool
may(const struct hide *h, const struct redact_row *row, struct span text)
{
	if (row == &given)
		return true;
	if (row->may != NULL)
		return row->may(text);
	return h->worded && scan_find(&h->words, text, 0, false, NULL) != NULL;
}

/* Half a text would be taken for the text, half a name for another. */
static struct span
whole(const struct buf *b)
{
	if (b->failed)
		die(EX_TEMPFAIL, "out of memory");
	return buf_span(b);
}

/* Through all rules; the result is a loan of text or of a turn. */
static bool
through(struct hide *h, struct span *text)
{
	bool hidden = false;
	struct buf *turn = &h->turn[0];

	for (size_t i = 0; i < h->n; i++) {
		if (!may(h, h->rules[i].row, *text))
			continue;
		buf_reset(turn);
		switch (apply(h, &h->rules[i], *text, turn)) {
		case REX_NO: continue;
		case REX_LIMIT:
			h->limited++;
			buf_reset(turn);
			add_mark(h, "limit", turn);
			*text = whole(turn);
			return true;
		case REX_YES: break;
		}
		hidden = true;
		*text = whole(turn);
		turn = turn == &h->turn[0] ? &h->turn[1] : &h->turn[0];
	}
	return hidden;
}

void
hide_look(struct hide *h, struct span json)
{
	h->budget = (struct rex_budget){ 0, 0 };
	h->worded = scan_find(&h->words, json, 0, true, NULL) != NULL;
}

/* JSON on its way: what stands before `copied` is in dst. */
struct passage {
	struct hide *hide;
	const char *copied;
	struct buf *dst;
	enum redact_set of; /* what the last name says, or NO_SET */
};

/* The value from at to end becomes a string; briefly, a number becomes 0. */
static void
replace(struct passage *p, const char *at, const char *end, struct span text)
{
	buf_add(p->dst, (struct span){ p->copied, (size_t)(at - p->copied) });
	if (p->hide->brief && *at != '"') /* a digit has no room for quotes */
		buf_addc(p->dst, '0');
	else
		jstr_add(p->dst, text);
	p->copied = end;
}

static struct span
decoded(struct hide *h, struct span raw)
{
	if (memchr(raw.at, '\\', raw.len) == NULL)
		return raw;
	buf_reset(&h->text);
	jstr_unescape(&h->text, raw);
	return whole(&h->text);
}

static void
take_name(struct passage *p, struct span raw)
{
	struct hide *h = p->hide;

	p->of = NO_SET;
	if (!h->worded)
		return;
	raw = decoded(h, raw);
	for (size_t i = 0; i < REDACT_SETS; i++)
		if (h->names[i] != NULL &&
		    rex_match(h->names[i], raw, NULL) == REX_YES)
			p->of = (enum redact_set)i;
}

/* A value from at to end, whose text is what a person reads. */
static void
take_value(struct passage *p, const char *at, const char *end, struct span text)
{
	struct hide *h = p->hide;

	if (p->of == NO_SET) {
		if (text.len > 0 && through(h, &text))
			replace(p, at, end, text);
		return;
	}
	if (text.len == 0 || span_starts(text, SPAN("[redacted:")))
		return;
	buf_reset(&h->turn[0]);
	add_mark(h, redact_set_names[p->of], &h->turn[0]);
	for (size_t i = 0; i < h->n; i++)
		if (h->rules[i].row->set == p->of) {
			h->rules[i].hidden++;
			break;
		}
	replace(p, at, end, whole(&h->turn[0]));
}

/* What stands between two strings: punctuation and numbers. */
static void
take_gap(struct passage *p, const char *at, const char *end)
{
	while (at < end) {
		const char *start = at;

		while (at < end &&
		    (is_digit(*at) || *at == '-' || *at == '+' || *at == '.' ||
			(at > start && (*at | 0x20) == 'e')))
			at++;
		if (at > start)
			take_value(p, start, at,
			    (struct span){ start, (size_t)(at - start) });
		else
			at++;
	}
}

/* Behind the quote that ends the string that begins at `at`. */
static const char *
string_end(const char *at, const char *end)
{
	while (at < end && (at = memchr(at, '"', (size_t)(end - at))) != NULL) {
		const char *p = at;

		while (p[-1] == '\\')
			p--;
		if ((at - p) % 2 == 0)
			return at + 1;
		at++;
	}
	return end;
}

static bool
is_name(const char *at, const char *end)
{
	while (at < end &&
	    (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	return at < end && *at == ':';
}

bool
hide_json(struct hide *h, struct span json, struct span name, struct buf *dst)
{
	struct passage p = { h, json.at, dst, NO_SET };
	const char *at = json.at, *end = json.at + json.len, *quote, *next;

	take_name(&p, name);
	while (at < end) {
		quote = memchr(at, '"', (size_t)(end - at));
		take_gap(&p, at, quote != NULL ? quote : end);
		if (quote == NULL)
			break;
		next = string_end(quote + 1, end);
		struct span raw = { quote + 1, (size_t)(next - quote) - 2 };

		if (is_name(next, end))
			take_name(&p, raw);
		else
			take_value(&p, quote, next, decoded(h, raw));
		at = next;
	}
	if (p.copied == json.at)
		return false;
	buf_add(dst, (struct span){ p.copied, (size_t)(end - p.copied) });
	return true;
}
