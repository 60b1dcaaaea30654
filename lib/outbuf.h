/* SPDX-License-Identifier: MIT */
/*
 * outbuf -- write lines in large batches, and let none linger.
 *
 * Shape   Bytes are kept and written by outbuf_flush(), or when OUTBUF_FLUSH
 *         of them have gathered.  A caller flushes before it waits for input,
 *         so under load output leaves in large writes and nothing is held
 *         back when the input pauses.
 * Order   First in, first out; a write(2) ends inside a line only when the
 *         kernel took less than was offered.
 * Try     outbuf_try() offers a non-blocking descriptor what is kept and does not
 *         wait; a loop that has more to wait for than its reader polls for
 *         POLLOUT, and adds nothing while outbuf_full().
 * Blocked outbuf_blocked_ns() is how long all outputs of the process waited for
 *         who reads them.  A write that takes less than OUTBUF_PROMPT_NS did
 *         not wait.
 * Errors  Errors stick: adding cannot fail; the next flush, or the close,
 *         returns -1 with errno.  A full non-blocking descriptor is waited
 *         for in stop_wait().
 * Pipe    If fd is a pipe, outbuf_init() asks for PIPE_WIDE bytes in it.
 * Close   outbuf_close() flushes and closes the descriptor: a full disk may
 *         show only there.
 */
#ifndef RX_OUTBUF_H
#define RX_OUTBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/span.h"

#define OUTBUF_FLUSH (64 * 1024)
#define OUTBUF_PROMPT_NS 100000

struct outbuf {
	uintmax_t written; /* bytes the kernel has taken */
	/* private */
	char *buf;
	size_t len, size;
	int64_t full_ns; /* since when outbuf_try() finds no room; 0: it does */
	int fd;
	int error;
};

void outbuf_init(struct outbuf *, int fd);
void outbuf_add(struct outbuf *, struct span);
void outbuf_line(struct outbuf *, struct span); /* and a '\n' */

char *outbuf_make_room(struct outbuf *, size_t n); /* for outbuf_room() */

/* n bytes to write into directly, NULL when memory is out; then how many. */
static inline char *
outbuf_room(struct outbuf *o, size_t n)
{
	if (o->len < OUTBUF_FLUSH && o->size - o->len >= n && o->error == 0)
		return o->buf + o->len;
	return outbuf_make_room(o, n);
}

static inline void
outbuf_took(struct outbuf *o, size_t n)
{
	o->len += n;
}

/* How many bytes were added, written or kept. */
static inline uintmax_t
outbuf_total(const struct outbuf *o)
{
	return o->written + o->len;
}

bool outbuf_full(const struct outbuf *); /* adding would write, and may wait */
int outbuf_flush(struct outbuf *);
int outbuf_try(struct outbuf *); /* 1 nothing is left, 0 some is, -1 error */
int outbuf_close(struct outbuf *);
int64_t outbuf_blocked_ns(void);

#endif
