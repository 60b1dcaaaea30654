/* SPDX-License-Identifier: MIT */
/*
 * rules_question -- what is asked of a text, a member or the severity, from the
 * file into parts.
 */
#include "rules_question.h"

#include "lib/buf.h"
#include "lib/diag.h"

#include "keywords.h"

size_t
question_part(struct asked *q, enum part_kind kind)
{
	struct rules *r = q->rules;
	struct part *parts =
	    rules_room(r->parts, &r->parts_size, r->n_parts, sizeof(*parts));

	if (parts == NULL)
		die(EX_TEMPFAIL, "out of memory");
	r->parts = parts;
	parts[r->n_parts] = (struct part){ .kind = kind,
		.name = q->name,
		.end = r->n_parts + 1,
		.field = q->field };
	return r->n_parts++;
}

int
question_close(struct rules *r, size_t part)
{
	r->parts[part].end = r->n_parts;
	return 0;
}

static int
add_pattern(struct asked *q, const struct conf_at *at, enum part_kind kind,
    struct span regex, unsigned flags)
{
	size_t i = question_part(q, kind);
	char why[REX_WHY];
	struct part *p = &q->rules->parts[i];

	p->regex = regex;
	p->flags = flags | REX_ALONE;
	p->pattern = q->rules->n_patterns;
	if (rex_add(q->rules->rex, regex, p->flags, why) < 0)
		return conf_error(at, "%s", why);
	q->rules->n_patterns++;
	return 0;
}

/* The same of a pattern that was made; the part takes it. */
static int
add_made(struct asked *q, const struct conf_at *at, enum part_kind kind,
    struct buf *made, unsigned flags)
{
	size_t before = q->rules->n_parts;
	int got;

	if (made->failed) {
		buf_release(made);
		die(EX_TEMPFAIL, "out of memory");
	}
	got = add_pattern(q, at, kind, buf_span(made), flags);
	if (q->rules->n_parts > before)
		q->rules->parts[before].made = made->at;
	else
		buf_release(made);
	return got;
}

static int
read_matches(struct asked *q, const struct conf_at *at)
{
	const char *text = conf_text(at);

	if (text == NULL)
		return conf_error(at, "a pattern must be text");
	return add_pattern(q, at, PART_MATCHES, span_of(text), q->flags);
}

static int
read_words(struct asked *q, const struct conf_at *at)
{
	struct conf_at item;
	struct buf b;

	if (!conf_is_array(at) || conf_count(at) == 0)
		return conf_error(at, "\"words\" must be a list of words");
	buf_init(&b);
	for (size_t i = 0; i < conf_count(at); i++) {
		const char *word;

		item = conf_item(at, i);
		word = conf_text(&item);
		if (word == NULL || !keywords_word(&b, span_of(word))) {
			buf_release(&b);
			return conf_error(&item, "not a word");
		}
	}
	return add_made(q, at, PART_MATCHES, &b, REX_ICASE);
}

static bool
is_rendered(const struct conf_at *at, const char *json)
{
	struct buf b;
	bool same;

	buf_init(&b);
	conf_render(at, &b);
	same = span_is(buf_span(&b), json);
	buf_release(&b);
	return same;
}

static int
read_keywords(struct asked *q, const struct conf_at *at)
{
	struct buf b;

	if (!is_rendered(at, "true"))
		return conf_error(at, "\"keywords\" can only be true");
	buf_init(&b);
	keywords_pattern(&b);
	return add_made(q, at, PART_MATCHES, &b, REX_ICASE);
}

static int
read_number(struct asked *q, const struct conf_at *at, enum part_kind kind)
{
	double number;
	size_t i;

	if (!conf_number(at, &number))
		return conf_error(at, "\"%s\" compares with a number", q->name);
	i = question_part(q, kind);
	q->rules->parts[i].number = number;
	return 0;
}

static int
read_constant(struct asked *q, const struct conf_at *at)
{
	static const struct {
		const char *json;
		enum value_type type;
	} constants[] = { { "true", VALUE_TRUE }, { "false", VALUE_FALSE },
		{ "null", VALUE_NULL } };

	for (size_t i = 0; i < sizeof(constants) / sizeof(*constants); i++)
		if (is_rendered(at, constants[i].json)) {
			size_t p = question_part(q, PART_CONSTANT);

			q->rules->parts[p].constant = constants[i].type;
			return 0;
		}
	return conf_error(at,
	    "\"%s\" compares with text, a number, true, false or null",
	    at->key != NULL ? at->key : q->name);
}

/* Texts are compared by one pattern, so that they are looked for as such. */
static int
read_texts(struct asked *q, const struct conf_at *list, size_t n)
{
	struct conf_at item = *list;
	bool some = false;
	struct buf b;

	buf_init(&b);
	buf_adds(&b, "\\A(?:");
	for (size_t i = 0; i < n; i++) {
		if (conf_is_array(list))
			item = conf_item(list, i);
		if (conf_text(&item) == NULL)
			continue;
		if (some)
			buf_addc(&b, '|');
		rex_quote(&b, span_of(conf_text(&item)));
		some = true;
	}
	buf_adds(&b, ")\\z");
	if (some)
		return add_made(q, list, PART_IS, &b, 0);
	buf_release(&b);
	return 0;
}

static int
read_is(struct asked *q, const struct conf_at *at)
{
	double number;

	if (conf_text(at) != NULL)
		return read_texts(q, at, 1);
	if (conf_number(at, &number))
		return read_number(q, at, PART_NUMBER);
	return read_constant(q, at);
}

static int
read_in(struct asked *q, const struct conf_at *at)
{
	struct conf_at item;
	size_t any, n;

	if (!conf_is_array(at) || (n = conf_count(at)) == 0)
		return conf_error(at, "\"in\" needs a list of values");
	any = question_part(q, PART_ANY);
	if (read_texts(q, at, n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		item = conf_item(at, i);
		if (conf_text(&item) == NULL && read_is(q, &item) < 0)
			return -1;
	}
	return question_close(q->rules, any);
}

static int
read_is_not(struct asked *q, const struct conf_at *at)
{
	size_t not = question_part(q, PART_NOT);

	q->name = "==";
	if (read_is(q, at) < 0)
		return -1;
	return question_close(q->rules, not );
}

static int
read_exists(struct asked *q, const struct conf_at *at)
{
	bool yes = is_rendered(at, "true");
	size_t not = RULES_NONE;

	if (!yes && !is_rendered(at, "false"))
		return conf_error(at, "\"exists\" must be true or false");
	if (!yes)
		not = question_part(q, PART_NOT);
	question_part(q, PART_EXISTS);
	return yes ? 0 : question_close(q->rules, not );
}

static int
read_severity(struct asked *q, const struct conf_at *at)
{
	const char *text = conf_text(at);
	enum severity s =
	    text == NULL ? SEVERITY_NONE : severity_parse(span_of(text));
	size_t i;

	if (s == SEVERITY_NONE)
		return conf_error(at,
		    "\"%s\" must be one of info, warn, error, failure, "
		    "critical",
		    q->name);
	if ((i = question_part(q, PART_SEVERITY)) == RULES_NONE)
		return -1;
	q->rules->parts[i].severity = s;
	return 0;
}

int
question_read(struct asked *q, enum question which, const struct conf_at *at)
{
	switch (which) {
	case MATCHES: return read_matches(q, at);
	case WORDS: return read_words(q, at);
	case KEYWORDS: return read_keywords(q, at);
	case IS: return read_is(q, at);
	case IS_NOT: return read_is_not(q, at);
	case ABOVE: return read_number(q, at, PART_ABOVE);
	case AT_LEAST: return read_number(q, at, PART_AT_LEAST);
	case BELOW: return read_number(q, at, PART_BELOW);
	case AT_MOST: return read_number(q, at, PART_AT_MOST);
	case IN: return read_in(q, at);
	case EXISTS: return read_exists(q, at);
	default: return read_severity(q, at);
	}
}
