/* SPDX-License-Identifier: MIT */
/*
 * schema_node -- a JSON Schema as a graph of nodes: read it, check against it.
 *
 * Shape   One node for each schema in the file.  A keyword that is absent asks
 *         nothing: counts and numbers then are such that all fit.
 * Subset  The keywords of the table in schema_load.c, as 2020-12 means them;
 *         format is asserted.  Any other keyword is an error.
 * Owner   schema_load() to schema_free(); texts are loans of the struct conf,
 *         which the schema keeps.
 * Errors  schema_load: -1; schema->conf.why says file:line:column: pointer:
 *         reason.  schema_check: false; why and where say it in words and as
 *         a JSON pointer, and never quote the record's values.
 * Cost    Nothing is allocated per record once the widest was seen.  The work on
 *         a record is bounded: anyOf over anyOf may double it with each line of
 *         a schema.  A record of more than SCHEMA_WORK checks, and 4 for each
 *         byte of it, does not fit; one of a long value counts for more.
 * Limits  SCHEMA_NODES schemas in a file, SCHEMA_READ in one another by place
 *         or $ref, SCHEMA_DEPTH of them for the same value.  Schemas and
 *         values in one another that take more than SCHEMA_STACK checks at a
 *         time are too much work.
 * Source  JSON Schema 2020-12, Core and Validation; RFC 6901.
 */
#ifndef RX_MATCH_SCHEMA_NODE_H
#define RX_MATCH_SCHEMA_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/record.h"
#include "lib/rex.h"

/* Bits of what a value may be; those of enum value_type, and one more. */
#define TYPE(value) (1u << (value))
#define TYPE_INTEGER (1u << 16)

#define SCHEMA_WORK 100000
#define SCHEMA_NODES 10000
#define SCHEMA_READ 1000
#define SCHEMA_DEPTH 128
#define SCHEMA_STACK 2000

enum schema_format { FORMAT_ANY, DATE_TIME, IPV4, IPV6 };
extern const char *const schema_formats[]; /* their names */

struct node;

struct property {
	struct span name;
	struct node *node; /* NULL: only required */
	bool required;
};

/* Schemas for the same value: how many of them must fit. */
enum group { ALL_OF, ANY_OF, ONE_OF, NOT, REF, GROUPS };

struct node {
	bool never; /* the schema false */
	unsigned types; /* 0: any */
	double minimum, maximum, above, below; /* NAN: any */
	uint64_t min_length, max_length, min_items, max_items;
	uint64_t min_properties, max_properties;
	struct rex *pattern; /* NULL: any */
	int format;
	struct value *values; /* enum, const */
	size_t n_values;
	bool constant;
	struct property *properties; /* sorted by name */
	size_t n_properties;
	struct node *additional, *items; /* NULL: any */
	struct node **groups[GROUPS];
	size_t n_groups[GROUPS];
	/* private */
	struct node *next;
	void *json;
	int visited;
	unsigned height; /* of the schemas for the same value in one another */
};

struct schema {
	struct conf conf;
	struct node *top;
	char why[CONF_WHY]; /* after false */
	struct buf where;
	/* private */
	struct node *nodes;
	size_t n_nodes, reading; /* how deep */
	int64_t work; /* that is left for the record; below 0: it is over */
	struct value *slots; /* of properties, a stack */
	size_t n_slots, n_size;
	unsigned deep; /* checks in one another */
	struct buf name, text;
	struct step_in {
		struct span name; /* escaped; at NULL: by index */
		bool escaped;
		size_t index;
	} path[RECORD_DEPTH + 1];
	size_t depth;
	unsigned again; /* members that were looked for behind themselves */
	struct rex_budget budget;
};

int schema_load(struct schema *, const char *path);
bool schema_check(struct schema *, struct value);
void schema_free(struct schema *);

#endif
