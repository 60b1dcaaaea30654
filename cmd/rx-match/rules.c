/* SPDX-License-Identifier: MIT */
/* rules -- the file as a whole, and what is done with what a rule matches. */
#include "rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/record.h"

static const char *const mode_names[] = { "first", "all", NULL };
static const char *const others_names[] = { "drop", "keep", NULL };
static const char *const then_names[] = { "keep", "drop", "reject", "next",
	NULL };
static const char *const severity_names[] = { "info", "warn", "error",
	"failure", "critical", NULL };

/* Members that other parts of rx rely on: no rule writes them. */
static const char *const contract[] = { "_rx", "timestamp", "node_id",
	"system_ip", "log_path", "label", "application", "log_line", "severity",
	"match_error" };

/* A rule while it is read. */
struct draft {
	struct rule rule;
	struct conf_at when, set, parse, parse_from;
	int severity;
};

#define AT(member) offsetof(struct draft, member)
static const struct conf_member rule_members[] = {
	CONF_NEED("name", CONF_TEXT, AT(rule.name)),
	CONF_ROW("when", CONF_ANY, AT(when)),
	CONF_ROW("set", CONF_ANY, AT(set)),
	CONF_ONE_OF("severity", AT(severity), severity_names),
	CONF_ROW("extract", CONF_BOOL, AT(rule.extract)),
	CONF_ROW("parse", CONF_ANY, AT(parse)),
	CONF_ROW("parse_from", CONF_ANY, AT(parse_from)),
	CONF_ROW("prefix", CONF_TEXT, AT(rule.prefix)),
	CONF_RANGE("sample", CONF_NUMBER, AT(rule.sample), 0, 1),
	CONF_ONE_OF("then", AT(rule.then), then_names),
	CONF_ROW("stop", CONF_BOOL, AT(rule.stop)),
	CONF_END,
};

void *
rules_room(void *array, size_t *size, size_t n, size_t each)
{
	size_t want = *size == 0 ? 16 : 2 * *size;
	void *bigger;

	if (n < *size)
		return array;
	if ((bigger = realloc(array, want * each)) != NULL)
		*size = want;
	return bigger;
}

bool
rules_contract(struct span name)
{
	for (size_t i = 0; i < sizeof(contract) / sizeof(*contract); i++)
		if (span_is(name, contract[i]))
			return true;
	return false;
}

/* The name as it is, the value as it will be written. */
static int
read_assignment(struct rules *rules, const struct conf_at *at)
{
	struct assignment *a = rules_room(rules->assignments,
	    &rules->assignments_size, rules->n_assignments, sizeof(*a));
	struct span name = span_of(at->key);
	struct record record;
	struct buf b;
	bool fits;

	if (a == NULL)
		die(EX_TEMPFAIL, "out of memory");
	rules->assignments = a;
	if (name.len == 0 || jstr_plain(name) < name.len)
		return conf_error(at, "a member that is set has a plain name");
	if (rules_contract(name))
		return conf_error(at,
		    span_is(name, "severity")
			? "the severity is set by \"severity\" beside \"set\""
			: "\"%s\" belongs to the record, no rule sets it",
		    at->key);
	buf_init(&b);
	conf_render(at, &b);
	a[rules->n_assignments++] = (struct assignment){ name, buf_span(&b) };
	if (b.failed)
		die(EX_TEMPFAIL, "out of memory");
	record_init(&record);
	fits = record_check(&record, buf_span(&b)) == 0;
	record_release(&record);
	return fits ? 0 : conf_error(at, "nested too deep for a record");
}

static int
read_set(struct rules *rules, struct rule *rule, const struct conf_at *set)
{
	struct conf_at item;

	rule->set = rules->n_assignments;
	if (set->json == NULL)
		return 0;
	if (!conf_is_object(set))
		return conf_error(set, "\"set\" is an object of members");
	for (size_t i = 0; i < conf_count(set); i++) {
		item = conf_item(set, i);
		if (read_assignment(rules, &item) < 0)
			return -1;
	}
	rule->n_set = rules->n_assignments - rule->set;
	return 0;
}

static int
read_parser(struct rule *rule, const struct conf_at *at)
{
	const char *name = conf_text(at);
	const struct parser *p =
	    parser_named(span_of(name == NULL ? "" : name));

	if (p == NULL)
		return conf_error(
		    at, "\"parse\" must be %s, or a list", parser_names());
	for (size_t i = 0; i < rule->n_parsers; i++)
		if (rule->parsers[i] == p)
			return conf_error(at, "\"%s\" is there twice", name);
	rule->parsers[rule->n_parsers++] = p;
	return 0;
}

static int
read_parse(struct rules *rules, struct rule *rule, const struct conf_at *parse,
    const struct conf_at *from)
{
	struct conf_at item;
	const char *pointer;

	if (from->json != NULL) {
		pointer = conf_text(from);
		if (rules_read_field(rules, from,
			pointer == NULL ? "" : pointer, &rule->parse_from) < 0)
			return -1;
	}
	if (parse->json == NULL)
		return 0;
	if (!conf_is_array(parse) || conf_count(parse) == 0)
		return read_parser(rule, parse);
	for (size_t i = 0; i < conf_count(parse); i++) {
		item = conf_item(parse, i);
		if (read_parser(rule, &item) < 0)
			return -1;
	}
	return 0;
}

/* What stands in a not caught nothing when the rule matches. */
static bool
has_groups(const struct rules *rules, size_t from)
{
	const struct part *p;

	for (size_t i = from; i < rules->n_parts;
	     i = p->kind == PART_NOT ? p->end : i + 1) {
		p = &rules->parts[i];
		if (p->kind == PART_MATCHES &&
		    rex_names(rules->rex, p->pattern) > 0)
			return true;
	}
	return false;
}

/* What must hold between the members of a rule. */
static int
check(const struct rules *rules, const struct rule *r, const struct conf_at *at)
{
	if (r->extract &&
	    (r->part == RULES_NONE || !has_groups(rules, r->part)))
		return conf_error(
		    at, "\"extract\" needs a pattern with a named group");
	if (r->prefix != NULL && !r->extract && r->n_parsers == 0)
		return conf_error(
		    at, "\"prefix\" needs \"extract\" or \"parse\"");
	if (r->parse_from != RULES_NONE && r->n_parsers == 0)
		return conf_error(at, "\"parse_from\" needs \"parse\"");
	if (r->sample < 1 && r->then != THEN_KEEP)
		return conf_error(
		    at, "\"sample\" is for records that are kept");
	if (r->sample == 0)
		return conf_error(
		    at, "\"sample\" of 0 keeps nothing: \"drop\" is meant");
	if (r->prefix != NULL &&
	    jstr_plain(span_of(r->prefix)) < strlen(r->prefix))
		return conf_error(at, "\"prefix\" must be plain text");
	if (r->stop && r->then != THEN_KEEP)
		return conf_error(at,
		    r->then == THEN_NEXT
			? "\"stop\" contradicts \"then\": \"next\""
			: "\"drop\" and \"reject\" need no \"stop\"");
	return 0;
}

static int
read_rule(struct rules *rules, const struct conf_at *at)
{
	struct draft d = {
		.rule = { .part = RULES_NONE,
		    .sample = 1,
		    .parse_from = RULES_NONE },
		.severity = -1,
	};

	if (conf_fill(at, rule_members, &d) < 0)
		return -1;
	if (d.when.json != NULL) {
		d.rule.part = rules->n_parts;
		if (rules_read_part(rules, &d.when, 0) < 0)
			return -1;
	}
	if (d.severity >= 0)
		d.rule.severity =
		    severity_parse(span_of(severity_names[d.severity]));
	if (read_parse(rules, &d.rule, &d.parse, &d.parse_from) < 0 ||
	    read_set(rules, &d.rule, &d.set) < 0 ||
	    check(rules, &d.rule, at) < 0)
		return -1;
	rules->rule[rules->n++] = d.rule;
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct rule *r = *(const struct rule *const *)a;
	const struct rule *s = *(const struct rule *const *)b;
	int order = strcmp(r->name, s->name);

	return order != 0 ? order : (r > s) - (r < s);
}

/* The first rule that has the name of one above it, RULES_NONE: there is none. */
static size_t
repeated_name(const struct rules *rules)
{
	const struct rule **sorted = calloc(rules->n, sizeof(*sorted));
	size_t first = RULES_NONE;

	if (sorted == NULL)
		return RULES_NONE;
	for (size_t i = 0; i < rules->n; i++)
		sorted[i] = &rules->rule[i];
	qsort(sorted, rules->n, sizeof(*sorted), by_name);
	for (size_t i = 1; i < rules->n; i++) {
		size_t at = (size_t)(sorted[i] - rules->rule);

		if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0 &&
		    at < first)
			first = at;
	}
	free(sorted);
	return first;
}

static bool
may_keep(const struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->rule[i].then == THEN_KEEP)
			return true;
	return rules->keep_others;
}

static int
read_rules(struct rules *rules, const struct conf_at *list)
{
	struct conf_at item;
	size_t repeated;
	int n;

	if ((n = conf_list(list, "rules", RULES_MAX)) < 0)
		return -1;
	if ((rules->rule = calloc((size_t)n, sizeof(*rules->rule))) == NULL)
		die(EX_TEMPFAIL, "out of memory");
	for (int i = 0; i < n; i++) {
		item = conf_item(list, (size_t)i);
		if (read_rule(rules, &item) < 0)
			return -1;
	}
	if ((repeated = repeated_name(rules)) != RULES_NONE) {
		item = conf_item(list, repeated);
		return conf_error(&item, "there is a rule \"%.100s\" above",
		    rules->rule[repeated].name);
	}
	if (!may_keep(rules))
		return conf_error(list,
		    "no rule keeps anything: is \"others\": \"keep\" meant?");
	return 0;
}

static int
read_file(struct rules *rules, const char *path)
{
	struct {
		struct conf_at rules;
		int mode, others;
	} top = { .mode = 0 };
	static const struct conf_member members[] = {
		CONF_NEED("rules", CONF_ANY, 0),
		CONF_ONE_OF("mode", sizeof(struct conf_at), mode_names),
		CONF_ONE_OF("others", sizeof(struct conf_at) + sizeof(int),
		    others_names),
		CONF_END,
	};

	if (conf_read(&rules->conf, path) < 0 ||
	    conf_fill(&rules->conf.top, members, &top) < 0)
		return -1;
	rules->all = top.mode;
	rules->keep_others = top.others;
	if (read_rules(rules, &top.rules) < 0)
		return -1;
	rules_arm(rules);
	return 0;
}

struct rules *
rules_load(const char *path, bool grows, char why[CONF_WHY])
{
	struct rules *rules = or_die(calloc(1, sizeof(*rules)));

	rules->rex = rex_new();
	rules->grows = grows;
	if (read_file(rules, path) < 0) {
		memcpy(why, rules->conf.why, CONF_WHY);
		rules_free(rules);
		return NULL;
	}
	return rules;
}

void
rules_free(struct rules *rules)
{
	if (rules == NULL)
		return;
	for (size_t i = 0; i < rules->n_parts; i++)
		free(rules->parts[i].made);
	for (size_t i = 0; i < rules->n_fields; i++)
		item_path_release(&rules->fields[i].path);
	for (size_t i = 0; i < rules->n_assignments; i++)
		free((void *)(uintptr_t)rules->assignments[i].json.at);
	free(rules->rule);
	free(rules->parts);
	free(rules->fields);
	free(rules->assignments);
	free(rules->armed_by);
	free(rules->arms);
	free(rules->anyway);
	rex_free(rules->rex);
	conf_release(&rules->conf);
	free(rules);
}
