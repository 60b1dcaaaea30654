/* SPDX-License-Identifier: MIT */
/*
 * web -- the dashboard's files, compiled in.
 *
 * Shape   web_find() knows "/" and what lies under /static/.
 * Owner   Constant, for the life of the process.
 */
#ifndef RX_SERVE_WEB_H
#define RX_SERVE_WEB_H

#include "lib/span.h"

struct web_file {
	const char *path, *type;
	const char *start, *end;
};

const struct web_file *web_find(struct span path); /* NULL: none */

#endif
