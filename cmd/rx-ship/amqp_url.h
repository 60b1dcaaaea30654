/* SPDX-License-Identifier: MIT */
/*
 * amqp_url -- where a queue is: amqp://user:password@host:port/vhost/queue.
 *
 * Shape   One path segment is the queue, in the virtual host "/"; two are the
 *         virtual host and the queue, and an empty virtual host is "/".  What
 *         is absent is guest, guest, 5672 and error_logs_queue.
 *         ?passive: the queue is waited for, never declared.
 * Errors  -1 and *why.
 */
#ifndef RX_SHIP_AMQP_URL_H
#define RX_SHIP_AMQP_URL_H

#include <stdbool.h>

#include "lib/url.h"

#define AMQP_SHORT 255 /* bytes of a name in AMQP */

struct amqp_url {
	struct url url;
	const char *user, *password, *vhost, *queue;
	char port[12];
	bool named; /* the queue is the URL's, not the default */
	bool secure; /* amqps: TLS */
	bool passive;
};

int amqp_url_parse(struct amqp_url *, const char *text, const char **why);
void amqp_url_release(struct amqp_url *);

#endif
