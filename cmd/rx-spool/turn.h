/* SPDX-License-Identifier: MIT */
/*
 * turn -- the one loop of rx-spool: push and emit take turns, alone or together.
 *
 * Shape   In its turn each does a bounded piece of what it can do without
 *         waiting for a neighbour, then notes what it waits for.  So a reader
 *         that does not read holds up no storing, and a full lane no emitting.
 * News    turn_news() asks to be woken when somebody else has committed; moved
 *         says that somebody has.  The store tells it once, so the loop asks
 *         it, for both: when it is woken, and each few seconds.  Who asks for no
 *         news and for no time waits for a descriptor, for ever.
 */
#ifndef RX_TURN_H
#define RX_TURN_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/store.h"

struct push;
struct emit;

enum turn_fd { TURN_IN, TURN_OUT, TURN_NEWS, TURN_FDS };

struct turn {
	bool readable; /* there is something on standard input */
	bool moved; /* others have committed since the last turn */
	/* private: what the next wait is for */
	struct pollfd fd[TURN_FDS];
	int64_t wait_ms;
	bool news;
};

void turn_await(struct turn *, enum turn_fd, int fd);
void turn_news(struct turn *);
void turn_within(struct turn *, int64_t ms);

/* Until both have ended; either may be NULL. */
void turn_run(struct store *, struct push *, struct emit *);

#endif
