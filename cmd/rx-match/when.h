/* SPDX-License-Identifier: MIT */
/*
 * when -- the time that a record says it is of.
 *
 * Shape   The member timestamp, RFC 3339, as nanoseconds since 1970; false when
 *         it lacks or is something else.  when_known() gives the time at which
 *         the record was read instead; so it does for a time that is more than
 *         WHEN_AHEAD in the future, which must not stop a clock for good.
 * Cost    A time that equals the last one costs a comparison.
 */
#ifndef RX_MATCH_WHEN_H
#define RX_MATCH_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "item.h"

#define WHEN_TEXT 64 /* bytes; a spelling of a time has fewer */
#define WHEN_AHEAD (5 * 60 * INT64_C(1000000000)) /* ns */

bool when_of(struct item *, int64_t *ns);
int64_t when_known(struct item *);

#endif
