/* SPDX-License-Identifier: MIT */
/* net_part -- what the files of net share: the parts of a turn. */
#ifndef RX_SERVE_NET_PART_H
#define RX_SERVE_NET_PART_H

#include <stdint.h>

#include "cmd/rx-serve/net.h"

/* net_conn.c: connections, their events in the set they are given.  -1: errno. */
int net_conns_open(const struct net_calls *, int epoll);
void net_conns_close(void);
void net_conn_event(struct net_conn *, uint32_t events);
/* Who asked gets room, once; who is to go, goes.  Is there more to do? */
bool net_conns_turn(void);

/* net_timer.c: how long until the first is due, -1 if there is none. */
int net_timers_wait_ms(void);
void net_timers_run(void);

#endif
