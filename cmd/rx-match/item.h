/* SPDX-License-Identifier: MIT */
/*
 * item -- one record on its way through the steps of rx-match: what it came
 *         with, and the members that were set on the way.
 *
 * Shape   The record itself stays as it came.  item_set() notes a member,
 *         item_get() and item_text() see what was noted, and everything noted
 *         is spliced in once, when the record is written.
 * Limit   A record that would outgrow RECORD_MAX is written as it came, and
 *         counted; with binding set, it is dropped instead, and counted.
 * Input   A line of plain text was made into a record before its first step.
 *         text is still the line, byte for byte, which may not be UTF-8.
 * Owner   item_set() copies the value; the name is a loan that must outlive
 *         the item.  What item_get() and item_text() give is a loan until
 *         the next item_set(); of item_text(), also until the next one.
 * Cost    Nothing is allocated once the widest item was seen.
 */
#ifndef RX_ITEM_H
#define RX_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/record.h"
#include "lib/span.h"

#include "severity.h"

struct noted {
	struct span name;
	size_t from, len; /* of its value, in values */
};

/* Where a member is: its name, or a JSON pointer that begins with "/". */
struct item_path {
	struct span top; /* the name of the member of the top level */
	struct span rest; /* the pointer behind it, or empty */
	struct buf name; /* private */
};

struct item {
	struct record record; /* as it came */
	struct span line; /* the line of the input */
	uintmax_t number; /* of it, if that is asked for */
	struct span text; /* what was searched, unescaped */
	struct severity_seen seen; /* in the text, when it was searched */
	enum severity severity; /* NONE: not asked; a step may set it */
	bool limited; /* a pattern reached its bound */
	bool around; /* the context of another, see context.h */
	bool binding; /* what was set must not be left out */
	int64_t now_ns; /* the wall clock, once a block */
	const char *why; /* a step that rejects: the reason, */
	struct span member; /* and the member, or empty */
	/* private */
	struct noted *noted;
	struct change *changes;
	size_t n_noted, size;
	struct buf values, scratch;
	struct buf searched; /* text, when it had to be unescaped … */
	struct span spelled; /* … and how it stands in the line */
	struct buf made; /* the record made of a line of text */
	struct buf folded, rewritten; /* of a step that replaces the record */
};

void item_init(struct item *);
void item_release(struct item *);

/* Forgets what was noted; record and the public members are the caller's. */
void item_reset(struct item *);

/* The same record, and what was noted; the lines stay loans. */
void item_copy(struct item *, const struct item *from);

/* json: a rendered value.  name: needs no escape.  The last one counts. */
void item_set(struct item *, struct span name, struct span json);
void item_set_text(struct item *, struct span name, struct span text);

/* A member of the top level, as it was set, else as it came. */
bool item_get(struct item *, const char *name, struct value *);

/* At a path.  The path must be well-formed; give it back with _release. */
void item_path_init(struct item_path *, const char *name_or_pointer);
void item_path_release(struct item_path *);
bool item_find(struct item *, const struct item_path *, struct value *);

/* The same as text, unescaped; empty when it lacks or is no string. */
struct span item_text(struct item *, const char *name);

/* A string unescaped; any other value as it is spelled. */
struct span item_string(struct item *, const struct value *);

/* Appends the record with all that was noted; dst->failed tells. */
void item_render(struct item *, struct buf *dst);

#endif
