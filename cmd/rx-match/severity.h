/* SPDX-License-Identifier: MIT */
/*
 * severity -- how bad a line is: critical, failure, error, warn or info.
 *
 * Order   The first that says something: the level the line declares
 *         (level.h), the worst keyword in it (keywords.h), the class the
 *         record came with, info.
 * Owner   severity_init() to severity_release() once a process.
 * Errors  severity_init: -1 and why.
 * Source  R-6; the table of rx-match(1), which --list prints from here.
 */
#ifndef RX_SEVERITY_H
#define RX_SEVERITY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/rex.h"
#include "lib/span.h"

enum severity {
	SEVERITY_NONE,
	SEVERITY_INFO,
	SEVERITY_WARN,
	SEVERITY_ERROR,
	SEVERITY_FAILURE,
	SEVERITY_CRITICAL
};
#define SEVERITIES (SEVERITY_CRITICAL + 1)

int severity_init(char why[REX_WHY]);
void severity_release(void);

/* What is known of a text: the worst built-in keyword that begins in it before
 * a place. */
struct severity_seen {
	enum severity worst;
	size_t until;
	bool by_digits; /* severity_of(): a number told it, or might have */
};

/* inherited: the text of the record's own severity, or an empty span. */
enum severity severity_of(
    struct span text, struct severity_seen *, struct span inherited);

/*
 * The same, and what it is from: "level", "keyword", "member" or "default"; hit
 * is where a keyword stands, else as it was.
 */
enum severity severity_explain(struct span text, struct span inherited,
    const char **from, struct rex_hit *hit);

struct span severity_name(enum severity); /* "info" */
struct span severity_json(enum severity); /* with quotes */
void severity_pad(struct buf *, enum severity); /* the head of a table row */
enum severity severity_parse(struct span); /* of the five, exactly, or NONE */

#endif
