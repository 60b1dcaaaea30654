/* SPDX-License-Identifier: MIT */
/*
 * filter -- which messages of the live logs a client wants.
 *
 * Shape   severity  names of severities with commas between them: one of them.
 *         q         text that log holds, whatever the case of ASCII letters.
 *         glob      what log as a whole is like: "*" stands for any bytes.
 *         All that are given must hold.
 * Limits  FILTER_TEXT bytes of q and glob, FILTER_PIECES pieces between stars:
 *         what a client asks for costs a search for each piece, never more,
 *         and is never a regular expression (SEC-39).
 * Errors  -1, and why in a few words.
 */
#ifndef RX_SERVE_FILTER_H
#define RX_SERVE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/record.h"
#include "lib/span.h"

#define FILTER_TEXT 256
#define FILTER_PIECES 16

struct filter {
	/* private */
	unsigned levels; /* a bit for each severity wanted, 0: all */
	struct filter_text {
		char bytes[FILTER_TEXT]; /* in lower case */
		size_t len;
	} q, glob;
	bool has_glob;
};

/* A message as filters see it. */
struct filter_view {
	unsigned level; /* the bit of its severity, 0: it has none */
	struct span text; /* its log, in lower case */
};

void filter_init(struct filter *);
/* name=value; 1: taken, 0: no such name, -1: wrong. */
int filter_set(
    struct filter *, const char *name, const char *value, const char **why);
bool filter_is_all(const struct filter *);
bool filter_same(const struct filter *, const struct filter *);

/* Of the message body; lent by scratch. */
struct filter_view filter_look(
    struct record *, struct span body, struct buf *scratch);
bool filter_takes(const struct filter *, const struct filter_view *);

#endif
