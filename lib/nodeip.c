/* SPDX-License-Identifier: MIT */
/*
 * The address shown to people.  connect(2) on a datagram socket only asks the
 * kernel which source address it would use: nothing is sent.  The target is a
 * documentation address (RFC 5737, RFC 3849), never a real host.
 */
#include "lib/nodeid.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
usable(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)address;
		uint32_t host = ntohl(in->sin_addr.s_addr);

		return host >> 24 != 127 && host != 0 &&
		    host >> 16 != 0xa9fe; /* link-local */
	}
	if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in = (const void *)address;

		return !IN6_IS_ADDR_LOOPBACK(&in->sin6_addr) &&
		    !IN6_IS_ADDR_LINKLOCAL(&in->sin6_addr) &&
		    !IN6_IS_ADDR_UNSPECIFIED(&in->sin6_addr);
	}
	return false;
}

static bool
take(const struct sockaddr *address, char ip[NODEID_MAX + 1])
{
	const void *bytes;

	if (!usable(address))
		return false;
	if (address->sa_family == AF_INET)
		bytes = &((const struct sockaddr_in *)(const void *)address)
			     ->sin_addr;
	else
		bytes = &((const struct sockaddr_in6 *)(const void *)address)
			     ->sin6_addr;
	return inet_ntop(address->sa_family, bytes, ip, NODEID_MAX + 1) != NULL;
}

static bool
by_route(int family, char ip[NODEID_MAX + 1])
{
	struct sockaddr_storage target = { 0 }, source = { 0 };
	socklen_t len = sizeof(source);
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found = false;

	if (fd < 0)
		return false;
	target.ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		struct sockaddr_in *in = (void *)&target;

		in->sin_port = htons(9);
		inet_pton(AF_INET, "192.0.2.1", &in->sin_addr);
	} else {
		struct sockaddr_in6 *in = (void *)&target;

		in->sin6_port = htons(9);
		inet_pton(AF_INET6, "2001:db8::1", &in->sin6_addr);
	}
	if (connect(fd, (const void *)&target, sizeof(target)) == 0 &&
	    getsockname(fd, (void *)&source, &len) == 0)
		found = take((const void *)&source, ip);
	close(fd);
	return found;
}

static bool
by_interface(int family, char ip[NODEID_MAX + 1])
{
	struct ifaddrs *all;
	bool found = false;

	if (getifaddrs(&all) < 0)
		return false;
	for (struct ifaddrs *i = all; i != NULL && !found; i = i->ifa_next)
		if (i->ifa_addr != NULL && (i->ifa_flags & IFF_UP) != 0 &&
		    i->ifa_addr->sa_family == family)
			found = take(i->ifa_addr, ip);
	freeifaddrs(all);
	return found;
}

int
nodeid_ip(char ip[NODEID_MAX + 1])
{
	if (by_route(AF_INET, ip) || by_interface(AF_INET, ip) ||
	    by_route(AF_INET6, ip) || by_interface(AF_INET6, ip))
		return 0;
	return gethostname(ip, NODEID_MAX);
}
