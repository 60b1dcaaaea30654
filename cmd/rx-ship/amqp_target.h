/* SPDX-License-Identifier: MIT */
/*
 * amqp_target -- a queue of a RabbitMQ broker.  What the four files of it
 *                share:
 *
 * amqp.c          when to connect, what to say of it, the end
 * amqp_login.c    from the first byte to confirm.select-ok
 * amqp_publish.c  messages out, confirms and returns in
 * amqp_probe.c    as far as READY, for --check --net
 *
 * A step is what the broker is to say next.
 *
 *   START  start        -> start-ok (PLAIN)
 *   TUNE   tune         -> tune-ok, open (virtual host)
 *   OPEN   open-ok      -> channel.open
 *   CHANNEL channel.open-ok -> queue.declare, passive first; or
 *                              exchange.declare, passive only
 *   QUEUE  declare-ok   -> confirm.select;  404: channel.open, to declare it
 *   CONFIRM select-ok   -> publish
 *   READY  ack, nack, return, blocked, unblocked, flow
 *   CLOSING close-ok
 */
#ifndef RX_SHIP_AMQP_TARGET_H
#define RX_SHIP_AMQP_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/rx-ship/amqp_link.h"
#include "cmd/rx-ship/amqp_url.h"
#include "cmd/rx-ship/target.h"
#include "cmd/rx-ship/template.h"
#include "lib/diag.h"

#define AMQP_CHANNEL 1 /* the only one */

enum step {
	STEP_DOWN,
	STEP_START,
	STEP_TUNE,
	STEP_OPEN,
	STEP_CHANNEL,
	STEP_QUEUE,
	STEP_CONFIRM,
	STEP_READY,
	STEP_CLOSING,
	STEP_CLOSED
};

struct amqp {
	struct target target;
	struct amqp_url url;
	struct link link;
	enum step step;
	bool declare; /* the queue is not there: declare it */
	bool looks; /* amqp_probe(): nothing is declared */
	int64_t now_ms; /* of the work under way */
	int64_t due_ms; /* DOWN: next try; login: the end of patience */
	struct backoff backoff;
	char told[LINK_WHY]; /* the reason that was told last */
	char about[2 * AMQP_SHORT + 64];
	char name[URL_MAX + 16];
	unsigned char number; /* among several connections, from 1 */

	/* amqp_publish.c */
	struct buf publish; /* the method frame, the same for all */
	struct template key; /* --routing-key */
	struct record record; /* when it varies */
	struct buf key_text;
	uint64_t *orders; /* of messages in flight, by delivery tag */
	uint64_t oldest, tag; /* first unanswered, next */
	size_t frame_max;
	bool flow_stopped; /* channel.flow */
	uint64_t return_left; /* bytes of a returned body to come */
	bool return_header; /* its header is to come */
	char return_why[320];
	struct diag_rate returns;
};

int amqp_probe(struct target *);

bool amqp_login_frame(struct amqp *, const amqp_frame_t *);

int amqp_publish_init(struct amqp *);
void amqp_publish_release(struct amqp *);
void amqp_publish_start(struct amqp *);
bool amqp_publish_frame(struct amqp *, const amqp_frame_t *);
bool amqp_publish(struct amqp *);

/* "320 CONNECTION_FORCED: text", the secret masked; false, for a return. */
bool amqp_closed_by(
    struct amqp *, const char *what, unsigned code, amqp_bytes_t text);

#endif
