/* SPDX-License-Identifier: MIT */
/*
 * window -- the messages that were taken and not delivered yet, and what
 *           becomes of each.
 *
 * Shape   A target takes window_next(), sends it, says window_sent(), and when
 *         the fact is known one of window_accept(), window_refuse() and
 *         window_reject().  window_lost() says that what was sent and not
 *         answered is unknown: it will be sent again.
 * Rules   PROTOCOL.md 11.  A refused message is `retry' once the target has
 *         accepted another since it was sent; until then it is held, and the
 *         window turns careful: one message in flight at a time, each time the
 *         one that was tried longest ago, until one is accepted.  Two lost
 *         connections without an acceptance between them make it careful too;
 *         a message that is alone in flight when the peer drops the connection
 *         (blame) counts as refused.  Without a spool what would be `retry' is
 *         sent again after a backoff of its own.
 * Return  When care ends, two may be in flight, and one more for each that is
 *         accepted: a target that has just come back is not run over.
 * Owner   The window owns its messages and their bytes; struct message * is a
 *         loan until the message is settled.
 * Limits  Records and bytes, given at the start; all memory is taken then,
 *         nothing per record.  A window that is not full has room for any
 *         line.
 * Errors  window_init: -1 with errno.
 */
#ifndef RX_SHIP_WINDOW_H
#define RX_SHIP_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-ship/outcome.h"
#include "cmd/rx-ship/tally.h"
#include "lib/backoff.h"
#include "lib/span.h"

#define MESSAGE_NAME 255 /* bytes of an id that travel */

enum held { HELD_WAITING, HELD_SENT, HELD_REFUSED, HELD_SETTLED };

struct message {
	struct span body;
	struct span name; /* the id as it travels */
	struct outcome_id
	    id; /* settle it under this, if it came from a spool */
	int64_t seconds; /* of its timestamp, since 1970 */
	bool timed;
	uint8_t priority; /* of its severity, 0: it has none */
	uint64_t order; /* in the window, from 1, never used twice */
	unsigned char by; /* which of several connections has it */
	/* private */
	enum held state;
	bool suspect; /* refused before; keeps the accepted of then */
	bool lost; /* refused by a lost connection */
	uint64_t accepted; /* by the target when this one was tried */
	uint64_t tried; /* the number of its last try, 0: never */
	int64_t sent_ms;
	int64_t due_ms; /* refused, without a spool: not before */
	unsigned refusals;
	size_t from; /* where its bytes start in the ring */
};

struct window {
	uintmax_t held, in_flight;
	uintmax_t accepted, refused, rejected, dropped; /* ever */
	struct tally rejects, retries, drops; /* by reason */
	struct tally_times times; /* from sent to accepted */
	int64_t success_ns; /* the wall clock when one was accepted last */
	bool careful;
	size_t ramp; /* in flight at most, after care; 0: no limit */
	/* private */
	int64_t success_ms;
	struct outcome *outcome;
	struct backoff backoff; /* for messages, and for careful tries */
	struct message *ring;
	size_t n_max;
	uint64_t first, next, last; /* orders: oldest, to look at, behind all */
	uint64_t base; /* the order in the ring's first place */
	char *bytes;
	size_t size, at, bytes_max;
	uint64_t tries;
	unsigned lost_in_row;
	size_t n_refused;
	int64_t pause_until_ms;
};

int window_init(struct window *, size_t n_max, size_t bytes_max,
    const struct backoff *, struct outcome *);
void window_release(struct window *);
bool window_full(const struct window *);
uintmax_t window_taken(const struct window *); /* messages, ever */

/* Copies all of it; body is left then right. */
void window_add(struct window *, const struct message *, struct span left,
    struct span right);

struct message *window_next(struct window *, int64_t now_ms); /* or NULL */
struct message *window_find(struct window *, uint64_t order); /* or NULL */
/* The first in flight that has this name; or NULL. */
struct message *window_named(struct window *, struct span name);
void window_sent(struct window *, struct message *, int64_t now_ms);
void window_accept(struct window *, struct message *, int64_t now_ms);
void window_refuse(
    struct window *, struct message *, int64_t now_ms, const char *why);
void window_reject(struct window *, struct message *, const char *why);
/* As the command line asks: for the spool it is ok. */
void window_drop(struct window *, struct message *, const char *why);
void window_lost(struct window *, unsigned char by, int64_t now_ms, bool blame);
void window_take_back(struct window *); /* in flight: it was not sent at all */

/* When window_next() may have one that it does not have now; INT64_MAX. */
int64_t window_due_ms(const struct window *);

#endif
