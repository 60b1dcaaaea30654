/* SPDX-License-Identifier: MIT */
/*
 * order -- a record in the form it is stored: _rx first, or none.
 *
 * rx is the value _rx is to have, empty: none.  What had that name, also spelled
 * with escapes as nobody but a forger would, goes; or, foreign, when it is not
 * one of ours, it is renamed to rx_ (PROTOCOL.md R6).
 */
#ifndef RX_ORDER_H
#define RX_ORDER_H

#include "lib/buf.h"
#include "lib/record.h"

/* The members of the record that was parsed, behind rx, replacing dst. */
void order_record(
    const struct record *, struct span rx, bool foreign, struct buf *dst);
bool order_is_rx(const struct member *);

#endif
