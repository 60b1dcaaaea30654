/* SPDX-License-Identifier: MIT */
/*
 * query -- what stands behind the "?" of a request, item by item.
 *
 * Shape   name=value, joined by "&"; both decoded: %XX, and "+" for a blank.
 *         An item without "=" has an empty value; empty items are passed over.
 * Limits  QUERY_NAME and QUERY_VALUE bytes.  A value holds no control
 *         character and is UTF-8, so it may stand in a message.
 * Owner   The item is the caller's; its strings are terminated.
 * Errors  -1, and why in a few words.
 * Source  RFC 3986 section 3.4; URL standard, application/x-www-form-urlencoded.
 */
#ifndef RX_SERVE_QUERY_H
#define RX_SERVE_QUERY_H

#include "lib/span.h"

#define QUERY_NAME 31
#define QUERY_VALUE 512

struct query_item {
	char name[QUERY_NAME + 1];
	char value[QUERY_VALUE + 1];
};

/* 1 an item, 0 the end, -1 an error; rest goes behind the item. */
int query_next(struct span *rest, struct query_item *, const char **why);

#endif
