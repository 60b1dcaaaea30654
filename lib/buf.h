/* SPDX-License-Identifier: MIT */
/*
 * buf -- owned bytes that grow.
 *
 * Owner   The caller owns the struct, the struct owns the bytes.  at stays
 *         valid until the next call that adds.
 * Errors  Errors stick: when memory runs out, failed becomes true and every
 *         later add does nothing, so a renderer checks once, at the end.
 *         buf_reset() forgets the failure.
 * Limits  None of its own; callers bound what they add.
 */
#ifndef RX_BUF_H
#define RX_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/span.h"

struct buf {
	char *at;
	size_t len;
	size_t size;
	bool failed;
};

void buf_init(struct buf *);
void buf_reset(struct buf *); /* empty, memory kept */
void buf_release(struct buf *); /* memory given back, usable again */
char *buf_room(struct buf *, size_t n); /* n writable bytes at the end, NULL */
static inline void
buf_took(struct buf *b, size_t n) /* n of that room are now in use */
{
	b->len += n;
}
void buf_add(struct buf *, struct span);
void buf_addc(struct buf *, char);
void buf_adds(struct buf *, const char *);
void buf_addu(struct buf *, uint64_t); /* in decimal */
void buf_addf(struct buf *, const char *, ...)
    __attribute__((format(printf, 2, 3)));
static inline struct span
buf_span(const struct buf *b)
{
	return (struct span){ b->at, b->len };
}

#endif
