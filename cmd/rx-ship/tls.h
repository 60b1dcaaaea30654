/* SPDX-License-Identifier: MIT */
/*
 * tls -- TLS over a connected socket that never waits.  For AMQP; HTTP has it
 *        from libcurl.
 *
 * Shape   tls_start() takes the socket, which stays the caller's; tls_shake()
 *         goes on with the handshake until it is done; then tls_read() and
 *         tls_write().
 * Safe    TLS 1.2 or newer.  The chain must end at --ca, or at the system's
 *         authorities, and the certificate fit the host, by name or address.
 *         Nothing is sent before that is known.
 * Files   Those of web_tls are read anew by each tls_start().
 * Errors  As recv(2) and send(2): -1 with errno, EAGAIN when the socket must
 *         be polled for want; EPROTO: tls->why says why.  tls_shake: 1 done,
 *         0 goes on, -1.
 * Source  OpenSSL 3, SSL_connect(3), SSL_set1_host(3).
 */
#ifndef RX_SHIP_TLS_H
#define RX_SHIP_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cmd/rx-ship/web.h"

struct tls {
	short want; /* POLLIN or POLLOUT, after EAGAIN */
	char why[256];
	/* private */
	void *context, *session;
};

/* Whether the files can be used now; -1 and why. */
int tls_check(const struct web_tls *, char *why, size_t size);

int tls_start(
    struct tls *, int fd, const char *host, const struct web_tls *files);
int tls_shake(struct tls *);
ssize_t tls_read(struct tls *, void *, size_t);
ssize_t tls_write(struct tls *, const void *, size_t);
bool tls_is_on(const struct tls *);
void tls_end(struct tls *);

#endif
