/* SPDX-License-Identifier: MIT */
/*
 * address -- who is at the other end, of IPv4 or IPv6 alike, and networks.
 *
 * Shape   16 bytes; a.b.c.d is ::ffff:a.b.c.d (RFC 4291 2.5.5.2), so that one
 *         comparison serves both, and a peer of IPv4 is the same to a socket of
 *         either kind.
 * Party   What is counted as one: an address of IPv4, a /64 of IPv6, for any
 *         host has 2^64 addresses of those.
 * Text    In brackets for IPv6, as in a URL.
 * Errors  false: text that is no address, or no network; zone ids are not
 *         taken, nor a network with bits behind its prefix.
 */
#ifndef RX_SERVE_ADDRESS_H
#define RX_SERVE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define ADDRESS_TEXT 48

struct address {
	unsigned char bytes[16];
};

struct network {
	struct address base;
	unsigned bits;
};

bool address_parse(struct address *, const char *);
bool network_parse(struct network *, const char *); /* A.B.C.D/24, or one */

struct address address_of(const struct sockaddr *);
struct address address_peer(int fd); /* unspecified when it is gone */
socklen_t address_socket(
    const struct address *, uint16_t port, struct sockaddr_storage *);

uint16_t address_port(const struct sockaddr_storage *);

bool address_is_v4(const struct address *);
bool address_is_loopback(const struct address *);
bool address_is_any(const struct address *); /* 0.0.0.0 or :: */
bool network_has(const struct network *, const struct address *);
struct address address_party(const struct address *);

const char *address_text(const struct address *, char dst[ADDRESS_TEXT]);

#endif
