/* SPDX-License-Identifier: MIT */
/*
 * net -- the event loop, the connections and the timers.  The one door to
 *        libwebsockets.
 *
 * Why     libwebsockets 4.1.6 is asked for its sockets and its buffered output
 *         only: connections are "raw" to it.  What came from
 *         the network never reaches its HTTP and WebSocket parsers, which
 *         take what they must refuse (an unmasked frame, a negative
 *         Content-Length, a folded header) and one of which reads freed memory
 *         after an unknown Upgrade.  request.c and ws.c judge the bytes.
 * Turn    net_turn() waits, tells what came, runs what is due, and gives room
 *         to those that asked.
 * Writing net_write() is for the room call alone, once in each; what the
 *         kernel does not take is copied and goes out first.  room comes only
 *         when nothing is left over, and may come unasked.  Until then
 *         nothing is read.
 * TLS     When tls_is_on(), what is written and handed on is plain, and it is
 *         the handshake's first (tls.h).
 * End     net_finish() says that nothing more will be written: 1 it is said,
 *         0 it is not yet; call it again at the next room.
 * Owner   struct net_conn lies inside the caller's own struct, from
 *         net_adopt() until the gone call, which is the last for it.
 * Watches A descriptor that is no connection; ready is called while it is
 *         readable, or has hung up.
 * Errors  -1 with errno.
 * Source  libwebsockets 4.1.6, raw sockets and lws_service_fd(); epoll(7).
 */
#ifndef RX_SERVE_NET_H
#define RX_SERVE_NET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "lib/span.h"

struct net_conn {
	/* private */
	void *wsi;
	struct tls *tls; /* NULL: none */
	bool full; /* the library keeps a rest of what was written */
	bool paused;
	bool said_bye;
	bool asked, leaving; /* it is in that list */
	TAILQ_ENTRY(net_conn) to_ask, to_leave;
};

/* What a connection is told.  -1 from data and room: hang up now. */
struct net_calls {
	int (*data)(struct net_conn *, struct span);
	int (*room)(struct net_conn *);
	void (*gone)(struct net_conn *);
};

struct net_watch {
	int fd;
	void (*ready)(void *);
	void *arg;
	bool room; /* ready when it can be written, not read */
};

struct net_timer {
	void (*run)(void *);
	void *arg;
	/* private */
	int64_t due_ms;
	struct net_timer *next;
	bool armed;
};

/* Runs once, when all that was there in this turn has been told. */
struct net_after {
	void (*run)(void *);
	void *arg;
	/* private */
	struct net_after *next;
	bool set;
};

int net_init(const struct net_calls *);
void net_turn(void); /* wait for something to happen, and let it */
void net_release(void);

int net_adopt(int fd, struct net_conn *); /* -1: fd is closed */
void net_ask_room(struct net_conn *);
int net_write(struct net_conn *, struct span);
int net_finish(struct net_conn *);
void net_pause(struct net_conn *, bool); /* read nothing more from it */
void net_hang_up(struct net_conn *); /* soon, not inside this call */

int net_watch(struct net_watch *);
void net_unwatch(struct net_watch *);

void net_after(struct net_after *);

void net_timer_set(struct net_timer *, int64_t in_ms);
void net_timer_clear(struct net_timer *);

const char *net_version(void); /* of the library, as it runs */

#endif
