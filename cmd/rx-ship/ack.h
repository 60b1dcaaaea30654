/* SPDX-License-Identifier: MIT */
/*
 * ack -- with --ack, outcomes go into the spool they are for and not to
 *        standard output: settled as `rx-spool ack' would, in this process.
 *
 * Shape   ack_settle() is called when ack_due_ms() has come, and once more at
 *         the end.  What it could not settle stays in the outcomes.
 * Waits   For the spool's lock, a second at most, as a connection needs its
 *         heartbeats.  A spool without room, or with its lock held for
 *         longer, is tried again each second, and told once a minute.
 * Errors  What trying again does not mend ends the process.
 */
#ifndef RX_SHIP_ACK_H
#define RX_SHIP_ACK_H

#include <stdint.h>

#include "cmd/rx-ship/outcome.h"
#include "lib/settle.h"

struct ack {
	struct settle settle;
	/* private */
	struct store *store;
	uintmax_t settled, seen; /* messages, of those outcome has told */
	int64_t seen_ms;
	int64_t again_ms; /* after a failure: not before */
	int64_t told_ms;
};

/* 0, or an exit status when there is a file and it can be no spool of ours. */
int ack_check(const char *path, char why[STORE_WHY]);
void ack_open(struct ack *, const char *path, uint64_t max_attempts);
/* Who emits to us has to be this one. */
const char *ack_spool(const struct ack *);
int64_t ack_due_ms(struct ack *, const struct outcome *);
void ack_settle(struct ack *, struct outcome *);
void ack_close(struct ack *);

#endif
