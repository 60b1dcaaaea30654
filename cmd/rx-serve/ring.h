/* SPDX-License-Identifier: MIT */
/*
 * ring -- the last messages, framed once for all who will get them.
 *
 * Shape   A message has a number, from 1, that is never used twice.  Those
 *         from first up to, not including, next are there.  Messages lie one
 *         behind the other, so many can be lent as one span.
 * Limits  At most so many messages and so many bytes as ring_init() was told;
 *         the oldest make room.
 * Owner   Spans are loans that die at the next ring_add().
 * Errors  -1 with errno from malloc(3); ring_add: false for a message that is
 *         larger than the ring.
 */
#ifndef RX_SERVE_RING_H
#define RX_SERVE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/span.h"

struct ring {
	uint64_t first, next;
	/* private */
	char *bytes;
	size_t size, at;
	struct ring_slot {
		struct span all;
		size_t head; /* bytes of it before the body */
	} * slots;
	size_t n_slots;
};

int ring_init(struct ring *, size_t messages, size_t bytes);
void ring_release(struct ring *);
void ring_clear(struct ring *);
void ring_skip(struct ring *); /* a number of none, in an empty ring */

/* head and body are one message. */
bool ring_add(struct ring *, struct span head, struct span body);

/*
 * The messages from number on, as many as lie together within max bytes, at
 * least one; *count tells how many.  number is one that is there.
 */
struct span ring_from(
    const struct ring *, uint64_t number, size_t max, uint64_t *count);

/* The message of that number, without its head. */
struct span ring_body(const struct ring *, uint64_t number);

#endif
