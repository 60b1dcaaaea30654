/* SPDX-License-Identifier: MIT */
/*
 * redact_hide -- secrets out of JSON.
 *
 * Shape   hide_option() takes what --redact was given.  hide_json() appends a
 *         value, which may be an object or a list, with a mark in place of each
 *         secret in it, once hide_look() has seen the record that it is of.
 *         name is that of the value, escaped.
 * Answer  false: there was no secret, and nothing was appended.
 * Marks   [redacted:NAME], or * when brief is set: a secret has at least one
 *         byte, so the result is then no longer than the input.
 * Counts  Each secret, at its rule.
 * Errors  hide_option, hide_start: what is wrong, or NULL.  dst->failed tells
 *         when memory is out.
 */
#ifndef RX_MATCH_REDACT_HIDE_H
#define RX_MATCH_REDACT_HIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/rex.h"
#include "lib/rex_scan.h"
#include "lib/span.h"

#include "redact_sets.h"

struct hide_rule {
	const char *name;
	struct rex *rex;
	const struct redact_row *row;
	uintmax_t hidden;
};

struct hide {
	bool brief;
	struct hide_rule *rules;
	size_t n;
	uintmax_t limited; /* texts hidden whole */
	/* private */
	bool sets[REDACT_SETS];
	bool worded; /* one of redact_words is in what is at hand */
	struct scan words;
	struct rex_budget budget; /* of a record */
	struct rex *names[REDACT_SETS];
	struct buf text, turn[2];
};

const char *hide_option(struct hide *, const char *what);
const char *hide_start(struct hide *);
void hide_look(struct hide *, struct span json);
bool hide_json(
    struct hide *, struct span json, struct span name, struct buf *dst);
void hide_release(struct hide *);

#endif
