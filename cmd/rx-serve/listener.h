/* SPDX-License-Identifier: MIT */
/*
 * listener -- one port that accepts, and never more than there is room for.
 *
 * Shape   Each connection is handed to the taken call, which owns it from
 *         then on.  One of IPv6 takes nothing of IPv4.
 * Limits  When the process or the host is out of descriptors it does not
 *         accept, and does not spin: it looks again after LISTENER_PAUSE_MS.
 * Errors  -1 with errno.
 */
#ifndef RX_SERVE_LISTENER_H
#define RX_SERVE_LISTENER_H

#include <stdint.h>

#include "cmd/rx-serve/address.h"
#include "cmd/rx-serve/net.h"

#define LISTENER_PAUSE_MS 500

struct listener {
	uint16_t port;
	int kind; /* the caller's, told by it */
	/* private */
	struct net_watch watch;
	struct net_timer pause;
	void (*taken)(struct listener *, int fd, const struct address *);
};

int listener_open(struct listener *, const struct address *, uint16_t port,
    void (*taken)(struct listener *, int fd, const struct address *));
int listener_start(struct listener *); /* after net_init() */
void listener_close(struct listener *);

#endif
