/* SPDX-License-Identifier: MIT */
/*
 * pick -- values out of a record, by JSON pointer.
 *
 * Shape   pick_find() follows one pointer.  pick_each() gives every value of a
 *         pick with what tells them apart: the names in place of each "*", with a
 *         blank between them, or nothing.  Several pointers of a pick are added up.
 * Answer  pick_each: whether the record has it at all.  A null is as absent.
 * Bad     What is there and is no number, or none that is finite, is counted
 *         and not given.
 * Cost    The members of the objects on the way are kept until pick_forget(), so
 *         that the next pointer of the same record need not read them again.
 * Source  RFC 6901.
 */
#ifndef RX_ALERT_PICK_H
#define RX_ALERT_PICK_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/rx-alert/rules.h"
#include "lib/buf.h"
#include "lib/record.h"

#define PICK_INNER 8

struct picker {
	uint64_t bad;
	/* private */
	struct buf name, subject;
	struct record inner[PICK_INNER]; /* objects on the way */
	size_t n_inner;
};

/* Who takes the values; subject is a loan until value() returns.  Where name is
 * set it is given every subject there is, with a value or without. */
struct pick_use {
	void (*value)(void *arg, struct span subject, double value);
	void *arg;
	void (*name)(void *arg, struct span subject);
};

bool pick_find(
    struct picker *, struct record *, const char *pointer, struct value *);
bool pick_each(struct picker *, struct record *, const struct pick *,
    const struct pick_use *);

/* Before each record, and at the end. */
void pick_forget(struct picker *);
void pick_release(struct picker *);

bool pick_number(const struct value *, double *);

#endif
