/*
 * stream -- one command's lines to all who watch.
 *
 * Shape   The command runs while there are clients, and STREAM_LINGER_MS
 *         longer, so that a page that is loaded anew does not restart it.
 *         Each line becomes one message (frame.h), framed once, in a ring; a client is
 *         a place in the ring, and a new one starts with all that is there.
 * Control stream_start() runs the command although nobody watches, until the
 *         last who then comes has left.  stream_stop() ends it, and nothing
 *         but stream_start() runs it again: clients stay, and are told
 *         {"stream":"stopped"} and {"stream":"started"}.
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
#include "cmd/rx-serve/net.h"
#include "cmd/rx-serve/ring.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/record.h"

#define STREAM_TICK_MS 20
#define STREAM_LINGER_MS 2000
#define STREAM_BYTES (2 * 1024 * 1024) /* the ring's; one message always fits */
#define STREAM_WRITE (16 * 1024) /* offered to a client at a time */

/* Also the number of its command, as the runner knows it. */
enum stream_kind { STREAM_LOGS, STREAM_TELEMETRY };
#define STREAMS 2

extern const char *const stream_names[STREAMS]; /* "livelogs", "telemetry" */

struct client {
	struct client *prev, *next;
	struct net_conn *net;
	uint64_t at; /* the next message it gets */
	uint64_t missed;
	bool asked; /* waits for room */
	bool told_stopped;
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
	struct record record;
	struct buf text;
	struct net_timer tick, linger;
	struct diag_rate told;
	int64_t ticked_ms;
};

int stream_init(struct stream *, enum stream_kind, size_t messages);
void stream_release(struct stream *);

void stream_join(struct stream *, struct client *, struct net_conn *);
void stream_leave(struct stream *, struct client *);
void stream_start(struct stream *);
void stream_stop(struct stream *);
const char *stream_state(const struct stream *); /* idle, running, stopped */
bool stream_fails(const struct stream *); /* wanted, and it cannot be run */

int stream_room(struct stream *, struct client *); /* -1: hang up */

#endif
