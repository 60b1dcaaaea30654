/* SPDX-License-Identifier: MIT */
/*
 * rules_part -- conditions, from the file into parts.
 *
 * A condition is a pattern, or an object: one of any, all and not, or questions
 * about one member.  Several questions are as if in all.
 */
#include <string.h>

#include "lib/diag.h"
#include "lib/pointer.h"

#include "rules.h"
#include "rules_question.h"

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
		die(EX_TEMPFAIL, "out of memory");
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
	if (n > 1)
		all = question_part(&q, PART_ALL);
	for (size_t i = 0; i < QUESTIONS; i++) {
		if (c->question[i].json == NULL)
			continue;
		q.name = c->question[i].key;
		if (!asks_member && i >= IS && i <= EXISTS)
			return conf_error(
			    &c->question[i], "\"%s\" needs \"member\"", q.name);
		if (question_read(&q, (enum question)i, &c->question[i]) < 0)
			return -1;
	}
	return all == RULES_NONE ? 0 : question_close(rules, all);
}

static int
read_group(struct rules *rules, const struct conf_at *at, enum part_kind kind,
    unsigned depth)
{
	struct asked q = {
		.rules = rules, .field = RULES_NONE, .name = at->key
	};
	struct conf_at item;
	size_t part = question_part(&q, kind);

	if (kind == PART_NOT) {
		if (rules_read_part(rules, at, depth + 1) < 0)
			return -1;
		return question_close(rules, part);
	}
	if (!conf_is_array(at) || conf_count(at) == 0)
		return conf_error(
		    at, "\"%s\" must be a list of conditions", at->key);
	for (size_t i = 0; i < conf_count(at); i++) {
		item = conf_item(at, i);
		if (rules_read_part(rules, &item, depth + 1) < 0)
			return -1;
	}
	return question_close(rules, part);
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
		return question_read(&q, MATCHES, at);
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
