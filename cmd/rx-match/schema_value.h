/* SPDX-License-Identifier: MIT */
/*
 * schema_value -- what schema_check.c needs to check a value by itself: type,
 *                 enum and const, text, number; and to say no.
 *
 * Owner   schema_text() is a loan of the value or of the schema, until the next
 *         call.
 */
#ifndef RX_MATCH_SCHEMA_VALUE_H
#define RX_MATCH_SCHEMA_VALUE_H

#include "schema_node.h"

bool schema_check_value(
    struct schema *, const struct node *, const struct value *);

/* The reason, and where the check is now; always false. */
bool schema_no(struct schema *, const char *reason, ...)
    __attribute__((format(printf, 2, 3)));

/* A string, unescaped; the same text, number or constant. */
struct span schema_text(struct schema *, const struct value *);
bool schema_is_same(
    struct schema *, const struct value *, const struct value *);

#endif
