/*
 * rules_part -- conditions, from the file into parts.
 *
 * A condition is a pattern, or an object: one of any, all and not, or questions
 * about one member.  Several questions are as if in all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/pointer.h"

#include "keywords.h"
#include "rules.h"

enum {
	MATCHES,
	WORDS,
	KEYWORDS,
	IS,
	IS_NOT,
	ABOVE,
	AT_LEAST,
	BELOW,
	AT_MOST,
	IN,
	EXISTS,
	SEVERITY,
	QUESTIONS
};

struct condition {
	struct conf_at group[3], question[QUESTIONS];
	struct conf_at member;
	bool icase;
};

#define AT(m) offsetof(struct condition, m)
static const struct conf_member members[] = {
	CONF_ROW("any", CONF_ANY, AT(group[PART_ANY])),
	CONF_ROW("all", CONF_ANY, AT(group[PART_ALL])),
	CONF_ROW("not", CONF_ANY, AT(group[PART_NOT])),
	CONF_ROW("member", CONF_ANY, AT(member)),
	CONF_ROW("ignore_case", CONF_BOOL, AT(icase)),
	CONF_ROW("matches", CONF_ANY, AT(question[MATCHES])),
	CONF_ROW("words", CONF_ANY, AT(question[WORDS])),
	CONF_ROW("keywords", CONF_ANY, AT(question[KEYWORDS])),
	CONF_ROW("==", CONF_ANY, AT(question[IS])),
	CONF_ROW("!=", CONF_ANY, AT(question[IS_NOT])),
	CONF_ROW(">", CONF_ANY, AT(question[ABOVE])),
	CONF_ROW(">=", CONF_ANY, AT(question[AT_LEAST])),
	CONF_ROW("<", CONF_ANY, AT(question[BELOW])),
	CONF_ROW("<=", CONF_ANY, AT(question[AT_MOST])),
	CONF_ROW("in", CONF_ANY, AT(question[IN])),
	CONF_ROW("exists", CONF_ANY, AT(question[EXISTS])),
	CONF_ROW("severity_at_least", CONF_ANY, AT(question[SEVERITY])),
	CONF_END,
};

/* A question while it is read: of which member, and how it was put. */
struct asked {
	struct rules *rules;
	size_t field;
	unsigned flags;
	const char *name;
};

/* A part behind the others, RULES_NONE: out of memory. */
static size_t
add_part(struct asked *q, const struct conf_at *at, enum part_kind kind)
{
	struct rules *r = q->rules;
	struct part *parts =
	    rules_room(r->parts, &r->parts_size, r->n_parts, sizeof(*parts));

	if (parts == NULL) {
		conf_error(at, "out of memory");
		return RULES_NONE;
	}
	r->parts = parts;
	parts[r->n_parts] = (struct part){ .kind = kind,
		.name = q->name,
		.end = r->n_parts + 1,
		.field = q->field };
	return r->n_parts++;
}

static int
close_part(struct rules *r, size_t part)
{
	r->parts[part].end = r->n_parts;
	return 0;
}

static int
add_pattern(struct asked *q, const struct conf_at *at, enum part_kind kind,
    struct span regex, unsigned flags)
{
	size_t i = add_part(q, at, kind);
	char why[REX_WHY];
	struct part *p;

	if (i == RULES_NONE)
		return -1;
	p = &q->rules->parts[i];
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
		return conf_error(at, "out of memory");
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
	if ((i = add_part(q, at, kind)) == RULES_NONE)
		return -1;
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
			size_t p = add_part(q, at, PART_CONSTANT);

			if (p == RULES_NONE)
				return -1;
			q->rules->parts[p].constant = constants[i].type;
			return 0;
		}
	return conf_error(at,
	    "\"%s\" compares with text, a number, true, false or null",
	    q->name);
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
	if ((any = add_part(q, at, PART_ANY)) == RULES_NONE ||
	    read_texts(q, at, n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		item = conf_item(at, i);
		if (conf_text(&item) == NULL && read_is(q, &item) < 0)
			return -1;
	}
	return close_part(q->rules, any);
}

static int
read_is_not(struct asked *q, const struct conf_at *at)
{
	size_t not = add_part(q, at, PART_NOT);

	q->name = "==";
	if (not == RULES_NONE || read_is(q, at) < 0)
		return -1;
	return close_part(q->rules, not );
}

static int
read_exists(struct asked *q, const struct conf_at *at)
{
	bool yes = is_rendered(at, "true");
	size_t not = RULES_NONE;

	if (!yes && !is_rendered(at, "false"))
		return conf_error(at, "\"exists\" must be true or false");
	if (!yes && (not = add_part(q, at, PART_NOT)) == RULES_NONE)
		return -1;
	if (add_part(q, at, PART_EXISTS) == RULES_NONE)
		return -1;
	return yes ? 0 : close_part(q->rules, not );
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
	if ((i = add_part(q, at, PART_SEVERITY)) == RULES_NONE)
		return -1;
	q->rules->parts[i].severity = s;
	return 0;
}

static int
read_question(struct asked *q, size_t which, const struct conf_at *at)
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

int
rules_read_field(struct rules *r, const struct conf_at *at, const char *pointer,
    size_t *field)
{
	struct field *fields;

	for (*field = 0; *field < r->n_fields; ++*field)
		if (strcmp(r->fields[*field].pointer, pointer) == 0)
			return 0;
	if (!pointer_is(span_of(pointer)))
		return conf_error(at,
		    "\"%s\" must be a JSON pointer such as /status", at->key);
	fields = rules_room(
	    r->fields, &r->fields_size, r->n_fields, sizeof(*fields));
	if (fields == NULL)
		return conf_error(at, "out of memory");
	r->fields = fields;
	fields[r->n_fields].pointer = pointer;
	item_path_init(&fields[r->n_fields++].path, pointer);
	return 0;
}

static int
read_questions(
    struct rules *rules, const struct conf_at *at, const struct condition *c)
{
	struct asked q = { .rules = rules,
		.field = RULES_NONE,
		.flags = c->icase ? REX_ICASE : 0,
		.name = "all" };
	size_t n = 0, all = RULES_NONE;
	bool of_text = c->question[MATCHES].json != NULL;
	bool asks_member = c->member.json != NULL;

	for (size_t i = 0; i < QUESTIONS; i++)
		n += c->question[i].json != NULL;
	if (n == 0)
		return conf_error(at, "no question is asked here");
	if (c->icase && !of_text)
		return conf_error(at, "\"ignore_case\" needs \"matches\"");
	if (asks_member &&
	    rules_read_field(rules, &c->member,
		conf_text(&c->member) == NULL ? "" : conf_text(&c->member),
		&q.field) < 0)
		return -1;
	if (n > 1 && (all = add_part(&q, at, PART_ALL)) == RULES_NONE)
		return -1;
	for (size_t i = 0; i < QUESTIONS; i++) {
		if (c->question[i].json == NULL)
			continue;
		q.name = c->question[i].key;
		if (!asks_member && i >= IS && i <= EXISTS)
			return conf_error(
			    &c->question[i], "\"%s\" needs \"member\"", q.name);
		if (read_question(&q, i, &c->question[i]) < 0)
			return -1;
	}
	return all == RULES_NONE ? 0 : close_part(rules, all);
}

static int
read_group(struct rules *rules, const struct conf_at *at, enum part_kind kind,
    unsigned depth)
{
	struct asked q = {
		.rules = rules, .field = RULES_NONE, .name = at->key
	};
	struct conf_at item;
	size_t part = add_part(&q, at, kind);

	if (part == RULES_NONE)
		return -1;
	if (kind == PART_NOT) {
		if (rules_read_part(rules, at, depth + 1) < 0)
			return -1;
		return close_part(rules, part);
	}
	if (!conf_is_array(at) || conf_count(at) == 0)
		return conf_error(
		    at, "\"%s\" must be a list of conditions", at->key);
	for (size_t i = 0; i < conf_count(at); i++) {
		item = conf_item(at, i);
		if (rules_read_part(rules, &item, depth + 1) < 0)
			return -1;
	}
	return close_part(rules, part);
}

int
rules_read_part(struct rules *rules, const struct conf_at *at, unsigned depth)
{
	struct condition c = { .icase = false };
	struct asked q = {
		.rules = rules, .field = RULES_NONE, .name = "matches"
	};

	if (depth == RULES_DEPTH)
		return conf_error(at, "conditions nested too deep");
	if (conf_text(at) != NULL)
		return read_matches(&q, at);
	if (!conf_is_object(at))
		return conf_error(at, "a condition is a pattern or an object");
	if (conf_fill(at, members, &c) < 0)
		return -1;
	for (int kind = PART_ANY; kind <= PART_NOT; kind++)
		if (c.group[kind].json != NULL) {
			if (conf_count(at) > 1)
				return conf_error(at,
				    "\"%s\" stands alone in its object",
				    c.group[kind].key);
			return read_group(
			    rules, &c.group[kind], (enum part_kind)kind, depth);
		}
	return read_questions(rules, at, &c);
}
