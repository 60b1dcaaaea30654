/* SPDX-License-Identifier: MIT */
/*
 * peers -- which addresses may connect, and how often at a time.
 *
 * Shape   peers_enter() at each connection, peers_leave() at its end.
 * Allowed Without peers_allow() every address; with it those in one of its
 *         networks.  This host may always: a proxy or a forwarded port
 *         is its matter, and the page of its own user must open.
 * Limits  PEERS_NETWORKS networks; at a time so many connections of a party
 *         (address.h) as peers_init() says, this host exempt (SEC-05).  What
 *         is kept lies in the connections, so no number of addresses makes it
 *         grow.
 * Errors  peers_init() -1: no memory.
 */
#ifndef RX_SERVE_PEERS_H
#define RX_SERVE_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "cmd/rx-serve/address.h"

#define PEERS_NETWORKS 64

struct peer {
	/* private */
	struct address party;
	bool counted;
	LIST_ENTRY(peer) link;
};

bool peers_allow(const char *network); /* false: it is none, or too many */
bool peers_may(const struct address *);

int peers_init(size_t most_each);
bool peers_enter(struct peer *, const struct address *); /* false: too many */
void peers_leave(struct peer *);

#endif
