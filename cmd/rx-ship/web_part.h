/* SPDX-License-Identifier: MIT */
/*
 * web_part -- what web.c, which runs the requests, and web_options.c, which
 *             describes each to libcurl, have in common.  For no one else.
 */
#ifndef RX_SHIP_WEB_PART_H
#define RX_SHIP_WEB_PART_H

#include "cmd/rx-ship/web.h"

/* -1: out of memory. */
int web_set_options(struct web_call *);

#endif
