/* SPDX-License-Identifier: MIT */
/*
 * rules -- named rules over records, from a file: rx-rules(5).
 *
 * Shape   A rule has a condition, a tree of parts, and what is done with the
 *         records it matches.  The parts of all rules stand in one array, each
 *         before those it holds; `end` is the index behind the last of them.
 * Order   Rules are asked in the order of the file.  Only a rule that may match
 *         is: a pattern without which it cannot must have a literal in the
 *         record; rules without such a pattern are always asked.
 * Members Rules share the members they ask for; each is looked up once.
 * Owner   Texts are loans of the conf.  rules_load() to rules_free(); a struct
 *         rules does not change while it is in use.
 * Limits  RULES_MAX rules, RULES_DEPTH parts in one another.
 * Errors  rules_load: NULL, and why says file:line:column: reason.
 */
#ifndef RX_MATCH_RULES_H
#define RX_MATCH_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/conf.h"
#include "lib/record.h"
#include "lib/rex.h"

#include "item.h"
#include "parse.h"
#include "severity.h"

#define RULES_MAX 100000
#define RULES_DEPTH 16
#define RULES_NONE SIZE_MAX

enum part_kind {
	PART_ANY,
	PART_ALL,
	PART_NOT,
	PART_MATCHES, /* a pattern, in the text of a member */
	PART_IS, /* a pattern too, of a member that is a string */
	PART_ABOVE,
	PART_AT_LEAST,
	PART_BELOW,
	PART_AT_MOST,
	PART_NUMBER,
	PART_CONSTANT, /* true, false or null */
	PART_EXISTS,
	PART_SEVERITY
};

struct part {
	enum part_kind kind;
	const char *name; /* the member of the file that it was read from */
	size_t end;
	size_t field; /* RULES_NONE: the text that is searched */
	size_t pattern; /* in rex, with its text and flags */
	struct span regex;
	unsigned flags;
	char *made; /* the text, where it was made for the part */
	double number;
	enum value_type constant;
	enum severity severity;
};

/* A member that parts ask for. */
struct field {
	const char *pointer;
	struct item_path path;
};

struct assignment {
	struct span name, json; /* the json is owned */
};

enum then { THEN_KEEP, THEN_DROP, THEN_REJECT, THEN_NEXT };

struct rule {
	const char *name;
	size_t part; /* RULES_NONE: matches every record */
	size_t set, n_set; /* in assignments */
	int then;
	bool stop, extract;
	enum severity severity; /* SEVERITY_NONE: as it is */
	double sample; /* the share of critical ones is always 1 */
	const struct parser *parsers[PARSE_MOST];
	size_t n_parsers;
	size_t parse_from; /* a field, RULES_NONE: the text */
	const char *prefix; /* of the names of what is found in texts */
};

struct arm {
	uint32_t rule, next;
};

struct rules {
	struct rule *rule;
	size_t n;
	int all; /* matching rules act, not only the first */
	int keep_others; /* records that no rule decided about */
	struct part *parts;
	size_t n_parts;
	struct field *fields;
	size_t n_fields;
	struct assignment *assignments;
	size_t n_assignments;
	struct rex *rex; /* all patterns */
	size_t n_patterns;
	bool every; /* what no pattern is found in counts too */
	bool grows; /* members are added that rules may ask for */

	/* Which rules a pattern arms: lists, 0 ends one. */
	uint32_t *armed_by; /* by pattern: the first */
	struct arm *arms;
	size_t n_arms;
	uint64_t *anyway; /* bits: the rules that are always asked */

	struct conf conf;
	/* private */
	size_t parts_size, fields_size, assignments_size, arms_size;
};

/* grows: members are added to the records before the rules see them. */
struct rules *rules_load(const char *path, bool grows, char why[CONF_WHY]);
void rules_free(struct rules *);

/* All of them are asked about every record: now it grows. */
void rules_disarm(struct rules *);

/* A member that is not for rules, nor for what is found in a text, to write. */
bool rules_contract(struct span name);

/* For rules_load(), in files of their own. */
int rules_read_part(struct rules *, const struct conf_at *, unsigned depth);
int rules_read_field(
    struct rules *, const struct conf_at *, const char *pointer, size_t *field);
void rules_arm(struct rules *);

/* Room for one more in an array of n; NULL: out of memory. */
void *rules_room(void *array, size_t *size, size_t n, size_t each);

#endif
