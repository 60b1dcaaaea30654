/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "lib/num.h"

#define V4_BITS 96 /* of the prefix that makes it one */
#define V6_PARTY 64
#define BITS 128

static const unsigned char v4_prefix[12] = { [10] = 0xff, [11] = 0xff };

bool
address_parse(struct address *a, const char *text)
{
	memcpy(a->bytes, v4_prefix, sizeof(v4_prefix));
	return inet_pton(AF_INET, text, a->bytes + sizeof(v4_prefix)) == 1 ||
	    inet_pton(AF_INET6, text, a->bytes) == 1;
}

static bool
bit(const struct address *a, unsigned i)
{
	return (a->bytes[i / 8] >> (7 - i % 8) & 1) != 0;
}

bool
network_parse(struct network *n, const char *text)
{
	const char *slash = strchr(text, '/');
	char base[ADDRESS_TEXT];
	const char *why;
	uint64_t bits;

	n->bits = BITS;
	if (slash == NULL)
		return address_parse(&n->base, text);
	if ((size_t)(slash - text) >= sizeof(base) ||
	    num_u64(span_of(slash + 1), &bits, &why) < 0 || bits > BITS)
		return false;
	memcpy(base, text, (size_t)(slash - text));
	base[slash - text] = '\0';
	if (!address_parse(&n->base, base))
		return false;
	if (strchr(base, ':') == NULL)
		bits += V4_BITS;
	if (bits > BITS)
		return false;
	n->bits = (unsigned)bits;
	for (unsigned i = n->bits; i < BITS; i++)
		if (bit(&n->base, i))
			return false;
	return true;
}

struct address
address_of(const struct sockaddr *at)
{
	struct address a = { { 0 } };

	if (at->sa_family == AF_INET6)
		memcpy(a.bytes,
		    &((const struct sockaddr_in6 *)(const void *)at)->sin6_addr,
		    sizeof(a.bytes));
	else if (at->sa_family == AF_INET) {
		memcpy(a.bytes, v4_prefix, sizeof(v4_prefix));
		memcpy(a.bytes + sizeof(v4_prefix),
		    &((const struct sockaddr_in *)(const void *)at)->sin_addr,
		    sizeof(struct in_addr));
	}
	return a;
}

struct address
address_peer(int fd)
{
	struct sockaddr_storage at = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(at);

	getpeername(fd, (struct sockaddr *)&at, &len);
	return address_of((struct sockaddr *)&at);
}

socklen_t
address_socket(
    const struct address *a, uint16_t port, struct sockaddr_storage *dst)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(port) };

	memset(dst, 0, sizeof(*dst));
	if (address_is_v4(a)) {
		memcpy(&v4.sin_addr, a->bytes + sizeof(v4_prefix),
		    sizeof(v4.sin_addr));
		memcpy(dst, &v4, sizeof(v4));
		return sizeof(v4);
	}
	memcpy(&v6.sin6_addr, a->bytes, sizeof(v6.sin6_addr));
	memcpy(dst, &v6, sizeof(v6));
	return sizeof(v6);
}

uint16_t
address_port(const struct sockaddr_storage *at)
{
	/* It lies at the same place in both. */
	return ntohs(((const struct sockaddr_in *)(const void *)at)->sin_port);
}

bool
address_is_v4(const struct address *a)
{
	return memcmp(a->bytes, v4_prefix, sizeof(v4_prefix)) == 0;
}

bool
address_is_loopback(const struct address *a)
{
	if (address_is_v4(a))
		return a->bytes[sizeof(v4_prefix)] == IN_LOOPBACKNET;
	return memcmp(a->bytes, &in6addr_loopback, sizeof(a->bytes)) == 0;
}

bool
address_is_any(const struct address *a)
{
	static const unsigned char none[4];

	if (address_is_v4(a))
		return memcmp(a->bytes + sizeof(v4_prefix), none,
			   sizeof(none)) == 0;
	return memcmp(a->bytes, &in6addr_any, sizeof(a->bytes)) == 0;
}

bool
network_has(const struct network *n, const struct address *a)
{
	unsigned whole = n->bits / 8;

	if (memcmp(n->base.bytes, a->bytes, whole) != 0)
		return false;
	for (unsigned i = whole * 8; i < n->bits; i++)
		if (bit(&n->base, i) != bit(a, i))
			return false;
	return true;
}

struct address
address_party(const struct address *a)
{
	struct address party = *a;

	if (!address_is_v4(a))
		memset(party.bytes + V6_PARTY / 8, 0,
		    sizeof(party.bytes) - V6_PARTY / 8);
	return party;
}

const char *
address_text(const struct address *a, char dst[ADDRESS_TEXT])
{
	char text[INET6_ADDRSTRLEN];

	if (address_is_v4(a))
		inet_ntop(
		    AF_INET, a->bytes + sizeof(v4_prefix), dst, ADDRESS_TEXT);
	else if (inet_ntop(AF_INET6, a->bytes, text, sizeof(text)) != NULL)
		snprintf(dst, ADDRESS_TEXT, "[%s]", text);
	return dst;
}
