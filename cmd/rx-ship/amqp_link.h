/* SPDX-License-Identifier: MIT */
/*
 * amqp_link -- a connection, plain or by TLS, that speaks AMQP frames and
 *              never waits.
 *
 * Shape   link_open() looks the host up and begins to connect; link_run() goes
 *         on with that, then reads, and hands each frame to on_frame; what is
 *         in out leaves when link_run() finds the socket writable.
 *         link_poll() says what and how long to wait for.
 * Timers  A link that is silent for two heartbeats is lost, one that has to
 *         say nothing says a heartbeat each half.  A peer that takes no byte
 *         for stall_ms is lost, unless it said that it is blocked.
 * Errors  false from link_open, link_run and on_frame: the connection is over,
 *         why says why.  link_close() makes the struct ready for the next.
 */
#ifndef RX_SHIP_AMQP_LINK_H
#define RX_SHIP_AMQP_LINK_H

#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "cmd/rx-ship/amqp_frame.h"
#include "cmd/rx-ship/tls.h"
#include "lib/buf.h"

#define LINK_WHY 512
#define LINK_READ (64 * 1024)
#define LINK_FRAME_MAX 131072 /* what we ask for, and RabbitMQ's own */

struct link {
	struct buf out; /* encoded frames; done of its bytes are written */
	size_t done;
	int64_t heartbeat_ms; /* as agreed; 0: none */
	int64_t stall_ms;
	const char *host; /* who the certificate must be of */
	const struct web_tls *tls_files; /* NULL: no TLS */
	bool connected; /* and the handshake done */
	bool blocked; /* the peer said that it does not read */
	bool blameless; /* it ended, but not for anything that was sent */
	char why[LINK_WHY];
	bool (*on_frame)(void *, const amqp_frame_t *);
	void *arg;
	/* private */
	int fd;
	struct tls tls;
	struct addrinfo *found, *trying;
	amqp_connection_state_t codec;
	int64_t heard_ms, said_ms, taken_ms;
	uint64_t written, taken; /* bytes, of this connection */
	bool owing; /* not all that was written was taken */
};

void link_init(
    struct link *, bool (*on_frame)(void *, const amqp_frame_t *), void *arg);
void link_close(struct link *);
void link_release(struct link *);

bool link_open(struct link *, const char *host, const char *port);
bool link_is_open(const struct link *);
void link_poll(const struct link *, struct pollfd *, int64_t *until_ms);
bool link_run(struct link *, short revents, int64_t now_ms);
bool link_write(struct link *, int64_t now_ms);
size_t link_pending(const struct link *);
bool link_tuned(struct link *, int frame_max, int64_t heartbeat_ms);
void link_set_blocked(struct link *, bool, int64_t now_ms);

/* Says why, and false. */
bool link_fail(struct link *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

#endif
