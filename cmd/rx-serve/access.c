/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/access.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd/rx-serve/address.h"
#include "lib/ascii.h"

static int diag_fd = -1;

struct names {
	const char *list[ACCESS_NAMES];
	size_t n;
};
#define OWN_HOSTS 3
static struct names hosts = { { "localhost", "127.0.0.1", "[::1]" },
	OWN_HOSTS };
static struct names origins, readers;
static bool secure;

static bool
add_name(struct names *to, const char *name)
{
	if (to->n == ACCESS_NAMES || *name == '\0')
		return false;
	for (const char *c = name; *c != '\0'; c++)
		if (!is_letter(*c) && !is_digit(*c) &&
		    strchr(".-:[]_", *c) == NULL)
			return false;
	to->list[to->n++] = name;
	return true;
}

bool
access_add_host(const char *name)
{
	return add_name(&hosts, name);
}

bool
access_has_host(void)
{
	return hosts.n > OWN_HOSTS;
}

bool
access_add_origin(const char *url)
{
	const char *host = strstr(url, "://");

	if (host == NULL ||
	    (strncmp(url, "http://", 7) != 0 &&
		strncmp(url, "https://", 8) != 0))
		return false;
	if (!add_name(&origins, host + 3))
		return false;
	origins.list[origins.n - 1] = url;
	return true;
}

bool
access_add_cors(const char *url)
{
	if (readers.n == ACCESS_NAMES || !access_add_origin(url))
		return false;
	readers.list[readers.n++] = url;
	return true;
}

static bool
is_name(struct span given, const char *name)
{
	return given.len == strlen(name) &&
	    strncasecmp(given.at, name, given.len) == 0;
}

int
access_init(void)
{
	diag_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_SOCK_DIAG);
	return diag_fd < 0 ? -1 : 0;
}

void
access_secure(void)
{
	secure = true;
}

bool
access_host(struct span host, uint16_t port)
{
	char allowed[300];

	for (size_t i = 0; i < hosts.n; i++) {
		const char *name = hosts.list[i];

		snprintf(allowed, sizeof(allowed), "%s:%u", name, port);
		if (is_name(host, allowed))
			return true;
		/* What is not said is the port of the scheme. */
		if ((port == (secure ? 443 : 80) ||
			strchr(name, ':') != NULL) &&
		    is_name(host, name))
			return true;
	}
	return false;
}

bool
access_origin(struct span origin, const uint16_t ports[ACCESS_PORTS])
{
	const struct span scheme = secure ? SPAN("https://") : SPAN("http://");

	for (size_t i = 0; i < origins.n; i++)
		if (is_name(origin, origins.list[i]))
			return true;
	if (!span_starts(origin, scheme))
		return false;
	for (size_t i = 0; i < ACCESS_PORTS; i++)
		if (ports[i] != 0 &&
		    access_host(span_skip(origin, scheme.len), ports[i]))
			return true;
	return false;
}

const char *
access_cors(struct span origin)
{
	for (size_t i = 0; i < readers.n; i++)
		if (is_name(origin, readers.list[i]))
			return readers.list[i];
	return NULL;
}

/* Four words of IPv6, or the first of IPv4. */
static void
set_address(__be32 words[4], const struct sockaddr_storage *at)
{
	struct address a = address_of((const struct sockaddr *)at);

	memset(words, 0, sizeof(a.bytes));
	if (at->ss_family == AF_INET6)
		memcpy(words, a.bytes, sizeof(a.bytes));
	else
		memcpy(words, a.bytes + 12, sizeof(*words));
}

static int
ask(const struct sockaddr_storage *peer, const struct sockaddr_storage *own)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 body;
	} question = {
		.head = { .nlmsg_len = sizeof(question),
		    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		    .nlmsg_flags = NLM_F_REQUEST },
		.body = { .sdiag_family = (unsigned char)peer->ss_family,
		    .sdiag_protocol = IPPROTO_TCP,
		    .idiag_states = 1U << TCP_ESTABLISHED },
	};
	struct inet_diag_sockid *id = &question.body.id;

	/* The end we look for is local to the peer. */
	id->idiag_sport = htons(address_port(peer));
	id->idiag_dport = htons(address_port(own));
	set_address(id->idiag_src, peer);
	set_address(id->idiag_dst, own);
	id->idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return send(diag_fd, &question, sizeof(question), 0) < 0 ? -1 : 0;
}

/* The kernel has answered by the time the question was sent. */
static bool
answered(const struct sockaddr_storage *peer, uid_t *uid)
{
	union {
		struct nlmsghdr head;
		char bytes[4096];
	} answer;
	const struct inet_diag_msg *about;
	ssize_t n = recv(diag_fd, &answer, sizeof(answer), 0);

	if (n < (ssize_t)NLMSG_LENGTH(sizeof(*about)) ||
	    answer.head.nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return false;
	about = NLMSG_DATA(&answer.head);
	if (about->id.idiag_sport != htons(address_port(peer)) ||
	    about->idiag_state != TCP_ESTABLISHED || about->idiag_inode == 0)
		return false;
	*uid = about->idiag_uid;
	return true;
}

static bool
is_ours(int fd)
{
	struct sockaddr_storage peer, own;
	socklen_t peer_len = sizeof(peer), own_len = sizeof(own);
	struct address from;
	char stale[4096];
	uid_t uid;

	if (getpeername(fd, (struct sockaddr *)&peer, &peer_len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&own, &own_len) < 0)
		return false;
	from = address_of((struct sockaddr *)&peer);
	if (!address_is_loopback(&from))
		return false;
	while (recv(diag_fd, stale, sizeof(stale), 0) > 0)
		; /* never take an old answer for this one */
	if (ask(&peer, &own) < 0 || !answered(&peer, &uid))
		return false;
	return uid == 0 || uid == geteuid();
}

bool
access_peer(struct access_end *end)
{
	if (end->peer == ACCESS_UNASKED)
		end->peer = is_ours(end->fd) ? ACCESS_OURS : ACCESS_FOREIGN;
	return end->peer == ACCESS_OURS;
}
