/*
 * level_head -- a level among the first words of a line.
 */
#ifndef RX_LEVEL_HEAD_H
#define RX_LEVEL_HEAD_H

#include "lib/span.h"

#include "severity.h"

/* head: the first bytes of a line, at most LEVEL_HEAD. */
enum severity level_head(struct span head);

#endif
