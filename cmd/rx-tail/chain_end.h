/* SPDX-License-Identifier: MIT */
/*
 * chain_end -- what of a log is over, once all of it was read.
 *
 * Shape   A file that was renamed away is finished when it was quiet for
 *         --rotate-wait and another has its path, one that was deleted after
 *         that time in any case; a half line at its end then is a line.  Without
 *         marks a half line goes out after HALF_MS anyway.  A record of several
 *         lines that nothing came for is given up (join.h), but never while
 *         something is unread.  A log without files is freed unless it was named.
 */
#ifndef RX_TAIL_CHAIN_END_H
#define RX_TAIL_CHAIN_END_H

#include "cmd/rx-tail/tail.h"

void chain_end(struct tail *, struct log *); /* may free the log */

#endif
