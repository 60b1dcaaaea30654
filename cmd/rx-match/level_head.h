/* SPDX-License-Identifier: MIT */
/*
 * level_head -- a level among the first words of a line.
 */
#ifndef RX_LEVEL_HEAD_H
#define RX_LEVEL_HEAD_H

#include "lib/span.h"

#include "severity.h"

/*
 * head: the first bytes of a line, at most LEVEL_HEAD.  seen: if there is a
 * level, it depends on so many of them, of digits only on that they are; it is
 * more than head has when that it ends was seen.
 */
enum severity level_head(struct span head, size_t *seen);

#endif
