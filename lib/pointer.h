/* SPDX-License-Identifier: MIT */
/*
 * pointer -- a value inside a value, by JSON pointer.
 *
 * Shape   pointer_find() follows "/a/b/0" from an object or array of checked
 *         text; "" is the value itself.  An array is entered by an index, an
 *         object by a name.  Of members that share a name the last counts.
 * Forms   A pointer begins with "/" and has "~" only as "~0" and "~1";
 *         pointer_is() asks.  Of others nothing is found.
 * Owner   What is found is a loan of the text.  scratch is for names that are
 *         escaped, and the caller's.
 * Source  RFC 6901.
 */
#ifndef RX_POINTER_H
#define RX_POINTER_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/record.h"
#include "lib/span.h"

bool pointer_is(struct span pointer);
bool pointer_find(struct value in, struct span pointer, struct buf *scratch,
    struct value *out);

/* The first name of a pointer, unescaped, to dst; the rest of the pointer. */
struct span pointer_first(struct span pointer, struct buf *dst);

#endif
