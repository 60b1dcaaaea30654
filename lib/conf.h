/* SPDX-License-Identifier: MIT */
/*
 * conf -- configuration: JSON files, checked against a table.  The one door to
 *         jansson.
 *
 * Shape   A tool describes each kind of object by a table of its members:
 *         name, kind, where the value goes.  conf_fill() refuses members that
 *         are not in it, values of the wrong kind or out of range, and the
 *         lack of a required one; the target of a member that is absent stays
 *         as it was, so defaults are what was there before.
 * Kinds   CONF_TEXT       const char *   a string, not empty
 *         CONF_BOOL       bool
 *         CONF_NUMBER     double         finite, from min to max
 *         CONF_COUNT      uint64_t       an integer, from min to max
 *         CONF_DURATION   int64_t        ns: a number of seconds, or text for
 *                                        num_duration(); min and max in s
 *         CONF_CHOICE     int            the index of the text in choices
 *         CONF_ANY        struct conf_at for the caller to look at
 * Names   Duplicate members are refused by the parser.
 * Owner   Texts, and struct conf_at, are loans of the struct conf, which must
 *         not move, until conf_release(); a conf_at also of the one above it.
 * Limits  CONF_MAX bytes.
 * Errors  -1; why then says file:line:column: reason.  No memory is the end, as
 *         of or_die(): it says nothing about the file.
 * Source  RFC 8259; jansson with JSON_REJECT_DUPLICATES.
 */
#ifndef RX_CONF_H
#define RX_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/span.h"

#define CONF_MAX (64 * 1024 * 1024)
#define CONF_WHY 512

struct conf;

/* A value, and how it was reached. */
struct conf_at {
	struct conf *conf;
	void *json; /* private */
	const struct conf_at *up; /* the object or array it is in, NULL: none */
	const char *key; /* its name there, NULL: by index */
	size_t index;
};

struct conf {
	struct conf_at top;
	char why[CONF_WHY];
	/* private */
	const char *name;
	struct buf text;
};

enum conf_kind {
	CONF_TEXT,
	CONF_BOOL,
	CONF_NUMBER,
	CONF_COUNT,
	CONF_DURATION,
	CONF_CHOICE,
	CONF_ANY
};

struct conf_member {
	const char *name; /* NULL: the end of the table */
	enum conf_kind kind;
	size_t offset; /* of the target in the struct that is filled */
	bool required;
	double min, max; /* both 0: any that is not negative */
	const char *const *choices; /* ends with NULL */
};

/* Rows of a table; required ones and ranges of those are written out. */
#define CONF_ROW(name, kind, offset) \
	{ \
		(name), (kind), (offset), false, 0, 0, NULL \
	}
#define CONF_NEED(name, kind, offset) \
	{ \
		(name), (kind), (offset), true, 0, 0, NULL \
	}
#define CONF_RANGE(name, kind, offset, min, max) \
	{ \
		(name), (kind), (offset), false, (min), (max), NULL \
	}
#define CONF_ONE_OF(name, offset, choices) \
	{ \
		(name), CONF_CHOICE, (offset), false, 0, 0, (choices) \
	}
#define CONF_END CONF_ROW(NULL, CONF_ANY, 0)

int conf_read(struct conf *, const char *path);
int conf_parse(struct conf *, const char *name, struct span text);
void conf_release(struct conf *);

int conf_fill(
    const struct conf_at *object, const struct conf_member *, void *target);

/* What is in an object or an array, in order: how many, and the i-th. */
bool conf_is_object(const struct conf_at *);
bool conf_is_array(const struct conf_at *);
size_t conf_count(const struct conf_at *);
struct conf_at conf_item(const struct conf_at *, size_t i);
/* The member of an object that has this name; false: there is none. */
bool conf_find(const struct conf_at *, struct span name, struct conf_at *);
/* How many are in a list of 1 to most; -1: it is none, which is told. */
int conf_list(const struct conf_at *, const char *what, int most);
const char *conf_text(const struct conf_at *); /* NULL: no string */
struct span conf_json(const struct conf_at *); /* as it stands in the file */
bool conf_number(const struct conf_at *, double *); /* false: no number */

/* The value as JSON on one line; dst->failed tells. */
void conf_render(const struct conf_at *, struct buf *dst);

/* Sets why to where the value stands and the reason; always -1. */
int conf_error(const struct conf_at *, const char *reason, ...)
    __attribute__((format(printf, 2, 3)));

#endif
