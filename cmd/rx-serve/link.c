/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/link.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "cmd/rx-serve/tls_files.h"
#include "lib/diag.h"
#include "lib/digest.h"

#define ANSWER_MAX 4096
#define WAIT_S 10

/* One that is for every address is asked by that of this host. */
static struct address
reached_by(const struct address *a)
{
	struct address own = *a;

	if (address_is_any(a))
		address_parse(&own, address_is_v4(a) ? "127.0.0.1" : "::1");
	return own;
}

static int
connect_to(const struct address *a, uint16_t port)
{
	const struct timeval wait = { .tv_sec = WAIT_S };
	struct sockaddr_storage at;
	socklen_t len = address_socket(a, port, &at);
	int fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[ADDRESS_TEXT];

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
	    connect(fd, (const struct sockaddr *)&at, len) < 0)
		die_sys(EX_UNAVAILABLE, "nothing answers on %s:%u",
		    address_text(a, text), port);
	return fd;
}

/* TLS without asking who: that is seen by the certificate itself. */
static BIO *
secure(BIO *below, const char *cert)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	BIO *bio = ctx == NULL ? NULL : BIO_new_ssl(ctx, 1);
	char why[TLS_WHY];
	X509 *own = tls_files_leaf(cert, why), *theirs;
	SSL *ssl = NULL;

	if (own == NULL)
		die(EX_CONFIG, "%s", why);
	if (bio == NULL ||
	    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1)
		die(EX_TEMPFAIL, "unable to start TLS");
	BIO_push(bio, below);
	if (BIO_do_handshake(bio) != 1 || BIO_get_ssl(bio, &ssl) != 1 ||
	    (theirs = SSL_get1_peer_certificate(ssl)) == NULL ||
	    X509_cmp(own, theirs) != 0)
		die(EX_UNAVAILABLE,
		    "who answers has another certificate than %s", cert);
	X509_free(theirs);
	X509_free(own);
	SSL_CTX_free(ctx);
	return bio;
}

static void
ask(BIO *bio, const char *host, uint16_t port, char dst[ANSWER_MAX])
{
	int len = 0, n;

	n = snprintf(dst, ANSWER_MAX,
	    "POST /v1/ticket HTTP/1.1\r\nHost: %s:%u\r\n"
	    "Content-Length: 0\r\n\r\n",
	    host, port);
	if (BIO_write(bio, dst, n) != n)
		die(EX_UNAVAILABLE, "unable to ask rx-serve");
	while (len < ANSWER_MAX - 1 &&
	    (n = BIO_read(bio, dst + len, ANSWER_MAX - 1 - len)) > 0)
		len += n;
	dst[len] = '\0';
}

void
link_print(const struct address *address, uint16_t port, const char *tls_cert)
{
	static const char mark[] = "{\"ticket\":\"";
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const struct address at = reached_by(address);
	char answer[ANSWER_MAX], host[ADDRESS_TEXT];
	const char *ticket;
	BIO *bio = BIO_new_socket(connect_to(&at, port), BIO_CLOSE);

	if (tls_cert != NULL)
		bio = secure(bio, tls_cert);
	ask(bio, address_text(&at, host), port, answer);
	BIO_free_all(bio);
	if (strncmp(answer, "HTTP/1.1 200 ", 13) != 0 ||
	    (ticket = strstr(answer, mark)) == NULL)
		die(strstr(answer, " 401 ") != NULL ? EX_NOPERM
						    : EX_UNAVAILABLE,
		    "no link from %s:%u: only root and the user of rx-serve "
		    "get one",
		    host, port);
	/* Who answers may be anybody: nothing else gets to the terminal. */
	ticket += sizeof(mark) - 1;
	if (strspn(ticket, letters) != DIGEST_NONCE)
		die(EX_UNAVAILABLE, "what answers on %s:%u is no rx-serve",
		    host, port);
	printf("http%s://%s:%u/#ticket=%.*s\n", tls_cert != NULL ? "s" : "",
	    host, port, DIGEST_NONCE, ticket);
	if (fflush(stdout) != 0)
		die_sys(EX_IOERR, "unable to write stdout");
}
