/* SPDX-License-Identifier: MIT */
/*
 * join_slot -- the record that is in the making in one stream of a log.
 *
 * Shape   slot_open() and slot_append() take a line, slot_write() hands on what
 *         there is, as a whole record or as its next fragment; join.c says
 *         when.  slot_holds() comes behind each line: from where the sources of
 *         the log must be read again (hold.h).
 * Owner   A slot keeps its text; KEEP bytes of it between records.
 */
#ifndef RX_TAIL_JOIN_SLOT_H
#define RX_TAIL_JOIN_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-tail/container.h"
#include "cmd/rx-tail/hold.h"
#include "cmd/rx-tail/multiline.h"
#include "cmd/rx-tail/render.h"
#include "cmd/rx-tail/tail.h"

struct slot {
	bool open;
	bool partial; /* its last line goes on */
	bool carried; /* it goes on from a file before */
	bool torn;
	bool waits; /* more lines may belong to it */
	struct source *s; /* of the last piece */
	struct held_at begin; /* of the record in s */
	struct held_at here; /* of this fragment in s */
	uint64_t e;
	struct buf text;
	size_t cost; /* escaped, at most */
	struct decoded first; /* but for its text */
	int64_t read_ns; /* of its first piece */
	int64_t last_ns; /* what the runtime said of its last */
	struct trace trace;
};

struct join {
	struct container *container;
	struct slot slots[STREAMS];
	unsigned n_open;
	uint64_t resumed_fr;
	int64_t grew_ns; /* wall clock */
};

/* One record of s. */
void slot_record(struct tail *, struct source *, struct piece *);

/* The record of a slot as it is; more: it goes on in another fragment. */
void slot_write(struct tail *, struct join *, struct slot *, bool more);

void slot_open(struct tail *, struct join *, struct slot *, struct source *,
    const struct piece *, const struct held_at *line, const struct decoded *);
void slot_append(struct tail *, struct join *, struct slot *, struct source *,
    const struct piece *, const struct held_at *line, const struct decoded *);

/* What is open is in s, or is carried into it. */
void slot_holds(
    struct tail *, struct log *, struct source *, const struct held_at *line);

#endif
