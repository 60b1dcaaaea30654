/* SPDX-License-Identifier: MIT */
/*
 * tls -- what a connection sends and gets, encrypted; the one door to libssl.
 *
 * Why     libwebsockets' own TLS is not asked: a certificate of its cannot be
 *         replaced while connections live.  Here a connection is bytes in and
 *         bytes out over memory, and net.c moves them.
 * Shape   tls_feed() takes what came and hands on what it says; tls_seal()
 *         takes what is to be said.  What must go out then, of the handshake
 *         too, is tls_out(), until tls_sent().
 * Rules   TLS 1.2 or later, no renegotiation, no compression, no early data;
 *         http/1.1 is what is spoken, and who offers only another protocol is
 *         refused (SEC-20; ALPACA).
 * Files   The certificate and those that vouch for it, the leaf first, and its
 *         key, a file of lib/secret.h without a passphrase; PEM.  tls_reload()
 *         keeps the old ones when the new ones are wrong, and tells; those who
 *         are connected keep what they have.  TLS_WATCH_MS after the files
 *         were changed, and have not been changed again, they are read anew.
 * Limits  TLS_FILE bytes and TLS_CHAIN certificates.
 * Errors  -1 for the connection: it is over; one is told a second at most.
 * Source  OpenSSL 3, ssl(7), BIO_s_mem(3); RFC 8446, RFC 7301.
 */
#ifndef RX_SERVE_TLS_H
#define RX_SERVE_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/span.h"

#define TLS_FILE (256 * 1024)
#define TLS_CHAIN 16
#define TLS_WATCH_MS 4000

/* NULL, NULL: no TLS.  Dies with EX_CONFIG when they are wrong. */
void tls_init(const char *cert, const char *key);
void tls_watch(void); /* once timers run */
void tls_reload(void);
bool tls_is_on(void);
uint64_t tls_failures(void); /* connections that broke it */
int64_t tls_expiry_s(void); /* of the leaf, since 1970 */

struct tls *tls_new(void); /* NULL: no memory */
void tls_free(struct tls *);

/* Each part that is plain goes to take(); -1 of it ends the connection. */
int tls_feed(struct tls *, struct span bytes,
    int (*take)(void *arg, struct span), void *arg);
int tls_seal(struct tls *, struct span plain);
void tls_bye(struct tls *); /* nothing more will be said */
struct span tls_out(const struct tls *);
void tls_sent(struct tls *);

#endif
