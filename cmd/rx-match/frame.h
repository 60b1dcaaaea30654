/* SPDX-License-Identifier: MIT */
/*
 * frame -- do all lines of a block look like objects, and how many are there?
 *
 * Shape   A line looks like one when it begins with { and ends with }.  The
 *         last may lack its newline.
 */
#ifndef RX_FRAME_H
#define RX_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/span.h"

bool frame_is_sound(struct span block, uintmax_t *lines);

#endif
