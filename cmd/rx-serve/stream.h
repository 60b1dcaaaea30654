/* SPDX-License-Identifier: MIT */
/*
 * stream -- one command's lines to all who watch.
 *
 * Shape   The command runs while there are clients, and linger_ms longer,
 *         so that a page that is loaded anew does not restart it.
 *         Each line becomes one message (frame.h), framed once, in a ring; a client is
 *         a place in the ring, and a new one starts with all that is there.
 * Control stream_start() runs the command although nobody watches, until the
 *         last who then comes has left.  stream_stop() ends it, and nothing
 *         but stream_start() runs it again: clients stay, and are told
 *         {"stream":"stopped"} and {"stream":"started"}.
 * Wish    From where (stream_wish.h) and which (filter.h).  What a filter takes
 *         is asked once for each message, not for each client.
 * Places  A client that named one gets messages whose last member is
 *         "_rx":{"at":PLACE}, and {"_rx":{"at":PLACE}} when it comes and when
 *         it was sent nothing for long.  It goes on there when it comes again.
 *         {"dropped":null}: it is not known how many it missed.
 * Slow    A client that falls out of the ring goes on with the oldest message
 *         there is, behind {"dropped":n}.  It costs a number, not memory, and
 *         nobody waits for it.
 * Ticks   After an idle time a message goes out at once, under load what came
 *         in STREAM_TICK_MS leaves in one write; each is its own message.
 */
#ifndef RX_SERVE_STREAM_H
#define RX_SERVE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/rx-serve/command.h"
#include "cmd/rx-serve/filter.h"
#include "cmd/rx-serve/net.h"
#include "cmd/rx-serve/ring.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/record.h"

#define STREAM_TICK_MS 20
#define STREAM_BYTES (2 * 1024 * 1024) /* the ring's; one message always fits */
#define STREAM_WRITE (16 * 1024) /* offered to a client at a time */
#define STREAM_FILTERS 256 /* different ones at a time */

/* Also the number of its command, as the runner knows it. */
enum stream_kind { STREAM_LOGS, STREAM_TELEMETRY };
#define STREAMS 2

extern const char *const stream_names[STREAMS]; /* "livelogs", "telemetry" */

/* A filter, and which messages of the ring it takes. */
struct stream_filter {
	struct stream_filter *next;
	struct filter filter;
	size_t clients;
	uint64_t gone; /* that it took, and that are not in the ring any more */
	unsigned char *bits; /* one for each slot of the ring */
};

struct client {
	struct client *prev, *next;
	struct net_conn *net;
	uint64_t at; /* the next message it gets */
	uint64_t missed;
	bool told_stopped;
	bool lost; /* it missed some, nobody knows how many */
	bool places; /* it is told where it is */
	uint64_t told; /* the place it was told last */
	struct stream_filter *filter; /* NULL: it gets all */
	uint64_t taken; /* by the filter, of what is before at */
};

struct stream {
	uint64_t records, refused, missed;
	size_t n_clients;
	/* private */
	enum stream_kind kind;
	enum { STREAM_ON_DEMAND, STREAM_STARTED, STREAM_STOPPED } mode;
	struct command command;
	struct client *clients;
	struct ring ring;
	uint64_t born; /* the first message of the command's present life */
	struct stream_filter *filters;
	size_t n_filters;
	struct record record;
	struct buf text, out;
	struct net_timer tick, linger;
	struct diag_rate told;
	int64_t ticked_ms, linger_ms;
};

int stream_init(
    struct stream *, enum stream_kind, size_t messages, int64_t linger_ms);
void stream_release(struct stream *);

struct stream_wish;
/* Has it room for such a client?  -1 from join: memory is out. */
bool stream_has_room(const struct stream *, const struct stream_wish *);
int stream_join(struct stream *, struct client *, struct net_conn *,
    const struct stream_wish *);
void stream_leave(struct stream *, struct client *);
void stream_start(struct stream *);
void stream_stop(struct stream *);
const char *stream_state(const struct stream *); /* idle, running, stopped */
bool stream_fails(const struct stream *); /* wanted, and it cannot be run */

int stream_room(struct stream *, struct client *); /* -1: hang up */

/* Between the files of stream: the command is wanted, or not any more. */
void stream_decide(struct stream *);
/* The ring was cleared: who is behind has missed it. */
void stream_clients_drop(struct stream *);
/* stream_filter.c: the message of number is new, and from here to the ring's
 * first they are gone. */
void stream_filters_add(struct stream *, uint64_t number, struct span body);
void stream_filters_drop(struct stream *, uint64_t from);
struct stream_filter *stream_filter_get(struct stream *, const struct filter *);
void stream_filter_put(struct stream *, struct stream_filter *);
bool stream_filter_takes(
    const struct stream *, const struct stream_filter *, uint64_t number);
/* How many it took since it is there, of those before number. */
uint64_t stream_filter_count(
    const struct stream *, const struct stream_filter *, uint64_t number);

#endif
