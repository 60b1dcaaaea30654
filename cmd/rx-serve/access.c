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

#include "lib/ascii.h"

static int diag_fd = -1;

struct names {
	const char *list[ACCESS_NAMES];
	size_t n;
};
static struct names hosts = { { "localhost", "127.0.0.1" }, 2 };
static struct names origins;

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
		if ((port == 80 || strchr(name, ':') != NULL) &&
		    is_name(host, name))
			return true;
	}
	return false;
}

bool
access_origin(struct span origin, const uint16_t ports[ACCESS_PORTS])
{
	static const struct span scheme = { "http://", 7 };

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

static int
ask(const struct sockaddr_in *peer, const struct sockaddr_in *own)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 body;
	} question = {
		.head = { .nlmsg_len = sizeof(question),
		    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		    .nlmsg_flags = NLM_F_REQUEST },
		.body = { .sdiag_family = AF_INET,
		    .sdiag_protocol = IPPROTO_TCP,
		    .idiag_states = 1U << TCP_ESTABLISHED },
	};

	/* The end we look for is local to the peer. */
	question.body.id.idiag_sport = peer->sin_port;
	question.body.id.idiag_dport = own->sin_port;
	question.body.id.idiag_src[0] = peer->sin_addr.s_addr;
	question.body.id.idiag_dst[0] = own->sin_addr.s_addr;
	question.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	question.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return send(diag_fd, &question, sizeof(question), 0) < 0 ? -1 : 0;
}

/* The kernel has answered by the time the question was sent. */
static bool
answered(const struct sockaddr_in *peer, uid_t *uid)
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
	if (about->id.idiag_sport != peer->sin_port ||
	    about->idiag_state != TCP_ESTABLISHED || about->idiag_inode == 0)
		return false;
	*uid = about->idiag_uid;
	return true;
}

bool
access_peer(int fd)
{
	struct sockaddr_in peer, own;
	socklen_t peer_len = sizeof(peer), own_len = sizeof(own);
	char stale[4096];
	uid_t uid;

	if (getpeername(fd, (struct sockaddr *)&peer, &peer_len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&own, &own_len) < 0 ||
	    peer.sin_family != AF_INET ||
	    ntohl(peer.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET)
		return false;
	while (recv(diag_fd, stale, sizeof(stale), 0) > 0)
		; /* never take an old answer for this one */
	if (ask(&peer, &own) < 0 || !answered(&peer, &uid))
		return false;
	return uid == 0 || uid == geteuid();
}
