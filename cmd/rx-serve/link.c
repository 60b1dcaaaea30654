#include "cmd/rx-serve/link.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/diag.h"
#include "lib/digest.h"

#define ANSWER_MAX 4096
#define WAIT_S 10

static int
connect_to(struct in_addr address, uint16_t port)
{
	const struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = address };
	const struct timeval wait = { .tv_sec = WAIT_S };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
	    connect(fd, (const struct sockaddr *)&at, sizeof(at)) < 0)
		die_sys(EX_UNAVAILABLE, "nothing answers on %s:%u",
		    inet_ntoa(address), port);
	return fd;
}

static void
ask(int fd, struct in_addr address, uint16_t port, char dst[ANSWER_MAX])
{
	size_t len = 0;
	ssize_t n;

	n = snprintf(dst, ANSWER_MAX,
	    "POST /v1/ticket HTTP/1.1\r\nHost: %s:%u\r\n"
	    "Content-Length: 0\r\n\r\n",
	    inet_ntoa(address), port);
	if (send(fd, dst, (size_t)n, MSG_NOSIGNAL) != n)
		die_sys(EX_UNAVAILABLE, "unable to ask rx-serve");
	while (len < ANSWER_MAX - 1 &&
	    (n = recv(fd, dst + len, ANSWER_MAX - 1 - len, 0)) > 0)
		len += (size_t)n;
	dst[len] = '\0';
}

void
link_print(struct in_addr address, uint16_t port)
{
	static const char mark[] = "{\"ticket\":\"";
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789-_";
	char answer[ANSWER_MAX];
	const char *ticket;
	int fd = connect_to(address, port);

	ask(fd, address, port, answer);
	close(fd);
	if (strncmp(answer, "HTTP/1.1 200 ", 13) != 0 ||
	    (ticket = strstr(answer, mark)) == NULL)
		die(strstr(answer, " 401 ") != NULL ? EX_NOPERM
						    : EX_UNAVAILABLE,
		    "no link from %s:%u: only root and the user of rx-serve "
		    "get one",
		    inet_ntoa(address), port);
	/* Who answers may be anybody: nothing else gets to the terminal. */
	ticket += sizeof(mark) - 1;
	if (strspn(ticket, letters) != DIGEST_NONCE)
		die(EX_UNAVAILABLE, "what answers on %s:%u is no rx-serve",
		    inet_ntoa(address), port);
	printf("http://%s:%u/#ticket=%.*s\n", inet_ntoa(address), port,
	    DIGEST_NONCE, ticket);
	if (fflush(stdout) != 0)
		die_sys(EX_IOERR, "unable to write stdout");
}
