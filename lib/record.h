/* SPDX-License-Identifier: MIT */
/*
 * record -- one line of JSON holding one object: check it, look into it, add
 *           to it.  No tree is built; values are loans of the line's bytes.
 *
 * Shape   rx-record(5): UTF-8, one object, no BOM, at most RECORD_MAX bytes,
 *         nesting at most RECORD_DEPTH.  Blanks around and inside are allowed.
 *         Anything RFC 8259 refuses is refused, and nothing else.
 * Values  text is the value as it stands in the line: a number as spelled, a
 *         string without its quotes and still escaped (escaped says whether it
 *         holds a backslash), an object or array with its brackets.
 * Names   Compared after unescaping.  Of members that share a name the last
 *         counts, as in jq.
 * Owner   record_init() to record_release() once a process; record_parse()
 *         forgets the record before.  Loans live as long as the line.
 * Errors  -1; why then tells it in words, at the byte offset.  An input that
 *         is JSON but no object says "not an object".  No memory is the end, as
 *         of or_die(): a good record never passes for a bad one.
 * Cost    One pass over the line; nothing is allocated once the member table
 *         has grown to the widest record seen.
 * Source  RFC 8259.
 */
#ifndef RX_RECORD_H
#define RX_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/span.h"

#define RECORD_MAX (1024 * 1024)
#define RECORD_DEPTH 64
#define RECORD_MEMBERS 10000 /* at the top level */

enum value_type {
	VALUE_NULL,
	VALUE_FALSE,
	VALUE_TRUE,
	VALUE_NUMBER,
	VALUE_STRING,
	VALUE_OBJECT,
	VALUE_ARRAY
};

struct value {
	struct span text;
	enum value_type type;
	bool escaped;
};

struct member {
	struct span name; /* escaped as in the line, without quotes */
	struct value value;
	bool escaped; /* the name holds a backslash */
};

struct record {
	struct span line;
	struct member *members; /* in order */
	size_t n_members;
	const char *why; /* after -1 */
	size_t offset; /* after -1: of the byte that offends */
	/* private */
	size_t size;
	struct record_memo *memo; /* of the record before */
	struct buf scratch;
};

void record_init(struct record *);
int record_parse(struct record *, struct span line);
void record_release(struct record *);

/* Any JSON text, not only objects: 0, or -1 with why and offset set. */
int record_check(struct record *, struct span text);

bool record_get(struct record *, const char *name, struct value *);

/* A control record of PROTOCOL.md 1: its first 13 bytes are {"_rx":{"k":" */
#define RECORD_CONTROL "{\"_rx\":{\"k\":\""
static inline bool
record_is_control(struct span line)
{
	return span_starts(line, SPAN(RECORD_CONTROL));
}

/*
 * Values inside values, for checked text only: an object gives name and value,
 * an array only values.
 */
struct walk {
	struct span rest;
	bool object;
};
void walk_init(struct walk *, struct span object_or_array);
bool walk_next(struct walk *, struct member *); /* false: at the end */

/* The name of a member, unescaped: a loan of it, or of scratch. */
struct span member_name(const struct member *, struct buf *scratch);

int value_u64(const struct value *, uint64_t *); /* a JSON integer, strictly */
int value_text(const struct value *, struct buf *); /* a string, unescaped */

/*
 * Splice: the line with members set.  json is the rendered value.  A member
 * that is there gets the new value in its place, others are added at the end;
 * all other bytes stay.  No two changes have one name.  Appends to dst, without
 * a newline; dst->failed tells.
 */
struct change {
	struct span name; /* needs no escape */
	struct span json;
};
void record_splice(
    struct record *, const struct change *, size_t n, struct buf *dst);

#endif
