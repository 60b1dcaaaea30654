/* SPDX-License-Identifier: MIT */
/*
 * parse -- members out of texts of known formats.
 *
 * Shape   A parser looks at one text and adds what it finds there to an item
 *         (enrich.h); a text of another format gives nothing.  parse.c has the
 *         table of them; what each adds stands in rx-match(1), PARSERS.
 * Doubles Of pairs that share a name the first counts, of members of a JSON
 *         object the last, as everywhere in JSON.
 * Limits  PARSE_PAIRS pairs, or members, of a text; enrich.h bounds what is added.
 * Cost    Nothing is allocated once the longest text was seen.
 */
#ifndef RX_MATCH_PARSE_H
#define RX_MATCH_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/record.h"
#include "lib/rtime.h"
#include "lib/span.h"

#include "enrich.h"

#define PARSE_PAIRS 256

/* What parsers work with; once a process. */
struct parsing {
	struct enrich *to;
	struct rtime rtime;
	int64_t now_ns;
	/* private */
	struct record record;
	struct buf scratch, value;
};

struct parser {
	const char *name;
	void (*parse)(struct parsing *, struct span text);
};

#define PARSE_MOST 8 /* parsers there are */
const struct parser *parser_named(struct span name); /* NULL: none */
const char *parser_names(void); /* for messages: "json, logfmt, …" */

bool parsing_init(struct parsing *, struct enrich *); /* false: bad TZ */
void parsing_release(struct parsing *);

/* For parsers: a time as RFC 3339, and text that may be "-" for none. */
void parsing_add_time(struct parsing *, const struct rtime_found *);
void parsing_add(struct parsing *, const char *name, struct span text);

void parse_json(struct parsing *, struct span text);
void parse_logfmt(struct parsing *, struct span text);
void parse_pairs(struct parsing *, struct span text);
void parse_syslog(struct parsing *, struct span text);
void parse_access(struct parsing *, struct span text);

#endif
