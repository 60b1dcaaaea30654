/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

static int
fail(struct tls *t, const char *what)
{
	unsigned long error = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(error);

	snprintf(t->why, sizeof(t->why), "TLS: %s%s%s", what,
	    reason == NULL ? "" : ": ", reason == NULL ? "" : reason);
	ERR_clear_error();
	errno = EPROTO;
	return -1;
}

static int
load(struct tls *t, SSL_CTX *context, const struct web_tls *files)
{
	if (files->ca == NULL
		? SSL_CTX_set_default_verify_paths(context) != 1
		: SSL_CTX_load_verify_file(context, files->ca) != 1)
		return fail(t, "the authorities cannot be read");
	if (files->cert == NULL)
		return 0;
	if (SSL_CTX_use_certificate_chain_file(context, files->cert) != 1)
		return fail(t, "our certificate cannot be read");
	if (SSL_CTX_use_PrivateKey_file(
		context, files->key, SSL_FILETYPE_PEM) != 1)
		return fail(t, "our key cannot be read, or is another's");
	return 0;
}

/* Without it OpenSSL asks the terminal, and waits. */
static int
no_passphrase(char *dst, int size, int rwflag, void *arg)
{
	(void)dst;
	(void)size;
	(void)rwflag;
	(void)arg;
	return 0;
}

static int
prepare(struct tls *t, SSL_CTX *context, const struct web_tls *files)
{
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_default_passwd_cb(context, no_passphrase);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(context,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return load(t, context, files);
}

int
tls_check(const struct web_tls *files, char *why, size_t size)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	struct tls t = { .want = 0 };
	int result;

	if (context == NULL)
		result = fail(&t, "out of memory");
	else
		result = prepare(&t, context, files);
	SSL_CTX_free(context);
	snprintf(why, size, "%s", t.why);
	return result;
}

/* Who must be there: an address, or a name, which is also asked for. */
static int
expect(struct tls *t, SSL *session, const char *host)
{
	unsigned char address[16];
	bool ok;

	if (inet_pton(AF_INET, host, address) == 1 ||
	    inet_pton(AF_INET6, host, address) == 1)
		ok = X509_VERIFY_PARAM_set1_ip_asc(
			 SSL_get0_param(session), host) == 1;
	else
		ok = SSL_set1_host(session, host) == 1 &&
		    SSL_set_tlsext_host_name(session, host) == 1;
	return ok ? 0 : fail(t, "out of memory");
}

int
tls_start(struct tls *t, int fd, const char *host, const struct web_tls *files)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *session = NULL;

	*t = (struct tls){ .want = POLLOUT, .context = context };
	ERR_clear_error();
	if (context == NULL)
		return fail(t, "out of memory");
	if (prepare(t, context, files) == 0) {
		t->session = session = SSL_new(context);
		if (session == NULL || SSL_set_fd(session, fd) != 1)
			fail(t, "out of memory");
		else if (expect(t, session, host) == 0)
			return 0;
	}
	tls_end(t);
	errno = EPROTO;
	return -1;
}

/* What OpenSSL says of a result, as errno. */
static int
explain(struct tls *t, int result, const char *what)
{
	int error = errno;
	long verdict = SSL_get_verify_result(t->session);

	switch (SSL_get_error(t->session, result)) {
	case SSL_ERROR_WANT_READ: t->want = POLLIN; break;
	case SSL_ERROR_WANT_WRITE: t->want = POLLOUT; break;
	case SSL_ERROR_SYSCALL:
		if (error != 0) {
			errno = error;
			return -1;
		}
		return fail(t, what);
	default:
		if (verdict != X509_V_OK)
			what = X509_verify_cert_error_string(verdict);
		return fail(t, what);
	}
	errno = EAGAIN;
	return -1;
}

int
tls_shake(struct tls *t)
{
	int result;

	ERR_clear_error();
	errno = 0;
	if ((result = SSL_connect(t->session)) == 1)
		return 1;
	return explain(t, result, "the peer broke off") < 0 && errno == EAGAIN
	    ? 0
	    : -1;
}

ssize_t
tls_read(struct tls *t, void *dst, size_t n)
{
	size_t got;
	int result;

	ERR_clear_error();
	errno = 0;
	if ((result = SSL_read_ex(t->session, dst, n, &got)) == 1)
		return (ssize_t)got;
	/* A peer that ends in good order, or just leaves. */
	if (SSL_get_error(t->session, result) == SSL_ERROR_ZERO_RETURN ||
	    ERR_GET_REASON(ERR_peek_error()) ==
		SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return 0;
	return explain(t, result, "reading failed");
}

ssize_t
tls_write(struct tls *t, const void *bytes, size_t n)
{
	size_t took;
	int result;

	ERR_clear_error();
	errno = 0;
	if ((result = SSL_write_ex(t->session, bytes, n, &took)) == 1)
		return (ssize_t)took;
	return explain(t, result, "writing failed");
}

bool
tls_is_on(const struct tls *t)
{
	return t->session != NULL;
}

void
tls_end(struct tls *t)
{
	SSL_free(t->session);
	SSL_CTX_free(t->context);
	t->session = t->context = NULL;
}
