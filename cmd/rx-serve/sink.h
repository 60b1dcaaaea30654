/* SPDX-License-Identifier: MIT */
/*
 * sink -- bytes on their way to a descriptor that may be slow.
 *
 * Shape   sink_put() keeps them, sink_go() writes as many as are taken now, and
 *         the rest goes out when there is room again.  Whole puts or none.
 *         sink_soon() does so when this turn of the loop is over: all that came
 *         in it leaves in one write.
 * Limits  SINK_BYTES that wait; sink_put() says no beyond.
 * Owner   A descriptor given to sink_open() is closed by sink_close(), which
 *         forgets what waits.
 * Errors  The failed call, with errno, once for each attempt; the bytes stay,
 *         and sink_go() tries again.
 */
#ifndef RX_SERVE_SINK_H
#define RX_SERVE_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/rx-serve/net.h"
#include "lib/buf.h"
#include "lib/span.h"

#define SINK_BYTES (16 * 1024 * 1024)

struct sink {
	/* private */
	struct buf bytes;
	size_t sent; /* of them */
	struct net_watch watch; /* fd -1: not open yet, all waits */
	bool watching;
	struct net_after after;
	void (*failed)(void *, int error);
	void *arg;
};

void sink_init(struct sink *, void (*failed)(void *, int error), void *);
int sink_open(struct sink *, int fd); /* -1 with errno */
void sink_close(struct sink *);
bool sink_put(struct sink *, struct span); /* false: there is no room */
void sink_go(struct sink *);
void sink_soon(struct sink *);
bool sink_is_empty(const struct sink *);

#endif
