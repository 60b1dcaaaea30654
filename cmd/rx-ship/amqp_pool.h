/* SPDX-License-Identifier: MIT */
/*
 * amqp_pool -- several connections to one queue (--connections).
 *
 * Shape   A target made of targets that share its window: each takes what it
 *         can send, in turn, and each answers for what it took.  What a lost
 *         connection held goes over the others.  It is up while one of them
 *         is, and has failed when all have.
 * Order   Records travel side by side: they do not arrive in their order.
 * Owner   The pool owns its targets.
 * Errors  NULL and *why.
 */
#ifndef RX_SHIP_AMQP_POOL_H
#define RX_SHIP_AMQP_POOL_H

#include "cmd/rx-ship/target.h"

#define POOL_MAX 16

/* n from 2 to POOL_MAX; open makes one, and numbers it. */
struct target *amqp_pool_open(char *url, bool blank, const struct settings *,
    unsigned n,
    struct target *(*open)(char *url, bool blank, const struct settings *,
	unsigned number, const char **why),
    const char **why);

#endif
