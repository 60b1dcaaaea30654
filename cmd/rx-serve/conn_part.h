/* SPDX-License-Identifier: MIT */
/*
 * conn_part -- what the files of conn share: a connection from inside.
 */
#ifndef RX_SERVE_CONN_PART_H
#define RX_SERVE_CONN_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/rx-serve/conn.h"
#include "cmd/rx-serve/exchange.h"
#include "cmd/rx-serve/net.h"
#include "cmd/rx-serve/peers.h"
#include "cmd/rx-serve/ws.h"
#include "lib/buf.h"

enum state { HEAD, BODY, WAIT, REPLY, LINGER, STREAM, CLOSING };

struct conn {
	struct net_conn net; /* first: the calls get this */
	struct conn *prev, *next;
	struct peer peer;
	enum state state;
	bool leaving; /* hang up is on its way */
	bool written; /* the answer to the head was */
	bool keeps; /* a next request may follow the answer */
	struct buf in; /* head and body, as far as they have come */
	struct buf out; /* goes before everything else */
	size_t head_len, body_len; /* from BODY on */
	int64_t entered_ms;
	int64_t due_ms; /* of the state; in STREAM, of the next ping or pong */
	struct exchange exchange;

	/* As a stream. */
	bool pinged;
	unsigned frames; /* this second */
	struct ws ws;
	struct client client;
};

/* Leaves the state it is in. */
void conn_enter(struct conn *, enum state, int64_t within_ms);

const struct conn_about *conn_about(void);

void conn_refuse(struct conn *, int status, const char *why);
/* There is an answer, or a refusal: it goes out. */
void conn_reply(struct conn *);

/* conn_body.c: a request that has one.  take: bytes were added to in. */
void conn_body_begin(struct conn *, size_t head);
int conn_body_take(struct conn *);
void conn_body_time(struct conn *);
void conn_body_leave(const struct conn *);

/* conn_stream.c: a connection that has become a stream. */
int conn_stream_begin(struct conn *); /* -1: hang up */
void conn_stream_feed(struct conn *, struct span bytes);
void conn_stream_ping(struct conn *);
void conn_stream_close(struct conn *, unsigned code);

#endif
