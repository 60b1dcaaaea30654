/* SPDX-License-Identifier: MIT */
/*
 * access -- who may ask, and through which page.
 *
 * Host    A loopback name with the port it came in by, or a name of
 *         access_add_host(): one that somebody's DNS points at 127.0.0.1 is
 *         not ours (rebinding).
 * Origin  A page of ours, one of access_add_origin(), or none was named.
 *         "null" is a page, and not ours.
 * Peer    The uid that owns the other end of a loopback connection, asked of
 *         the kernel by sock_diag(7): root's or our own stands for a token
 *         (SEC-19).  An end that is closed has no owner left, and the kernel
 *         may then say 0: only an established one that still has its inode
 *         counts.  A socket keeps its owner, so a connection that is kept is
 *         asked about once.
 * Limits  ACCESS_NAMES of each, our own included.
 * Errors  What cannot be told is refused.
 */
#ifndef RX_SERVE_ACCESS_H
#define RX_SERVE_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/span.h"

#define ACCESS_PORTS 3
#define ACCESS_NAMES 32

/* One connection, as far as its other end is known. */
struct access_end {
	int fd;
	enum { ACCESS_UNASKED, ACCESS_OURS, ACCESS_FOREIGN } peer;
};

int access_init(void); /* before privileges go; -1: no peer can be told */

/* HOST or HOST:PORT; SCHEME://HOST[:PORT].  false: it is none, or too many. */
bool access_add_host(const char *);
bool access_add_origin(const char *);
bool access_add_cors(const char *); /* it may also read the answers */
bool access_has_host(void); /* one that is no loopback name */

void access_secure(void); /* it is https from now on */
bool access_host(struct span host, uint16_t port);
bool access_origin(struct span origin, const uint16_t ports[ACCESS_PORTS]);
const char *access_cors(struct span origin); /* as listed, NULL: not */
bool access_peer(struct access_end *);

#endif
