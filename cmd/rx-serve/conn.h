/* SPDX-License-Identifier: MIT */
/*
 * conn -- one connection, from its first byte to its last.
 *
 *   HEAD ──judged──> REPLY ──written──> LINGER ──peer closed, or late──> gone
 *     ├──> BODY ──────┤                      │
 *     │      └> WAIT ─┘ (and HEAD again, where the answer keeps it)
 *     └───upgraded──> STREAM ──told or broken──> CLOSING
 *
 * HEAD    The head must be whole within header_ms of the first moment.
 * BODY    What was announced, and what exchange_begin() let pass, at
 *         CONN_BODY_RATE bytes a second or more after CONN_BODY_MS.
 * WAIT    The answer is not known yet.  Of what the client sends meanwhile, the
 *         next request, one read is kept and no more is read.
 * REPLY   One answer; where it keeps the connection the next request may
 *         begin within CONN_IDLE_MS.  Else what else the client sends is thrown away.
 * LINGER  We have closed our side, and read on for LINGER_MS: to close with
 *         unread bytes would take the answer back.
 * STREAM  Messages go out; a ping every ping_ms must be answered within
 *         pong_ms, and so must what is written be taken: who takes nothing
 *         for so long is gone.  It ends when its credential does.
 * CLOSING The close frame is on its way.
 *
 * Limits  max connections in all, and those of peers.h; CONN_BODIES bytes of bodies that are on
 *         their way, together; of what a client sends once it is a stream,
 *         CONN_FRAMES frames a second.
 * Errors  A connection that cannot go on ends; nothing here ends the process.
 */
#ifndef RX_SERVE_CONN_H
#define RX_SERVE_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-serve/address.h"
#include "cmd/rx-serve/exchange.h"
#include "cmd/rx-serve/net.h"

#define CONN_LINGER_MS 2000
#define CONN_FRAMES 1000
#define CONN_IDLE_MS 60000

#define CONN_BODIES (64 * 1024 * 1024)
#define CONN_BODY_MS 10000
#define CONN_BODY_RATE 1024

struct conn_about {
	size_t max;
	int64_t header_ms, ping_ms, pong_ms;
};

struct conn_counts {
	uint64_t accepted, turned_away, not_allowed, refused;
	size_t open;
};

extern const struct net_calls conn_calls;

void conn_init(const struct conn_about *);
void conn_take(int fd, enum exchange_port, const struct address *peer);
void conn_check_grants(void); /* the credentials have changed */
void conn_end_all(void); /* 1001 for streams, the others at once */
const struct conn_counts *conn_counts(void);

#endif
