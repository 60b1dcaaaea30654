/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/tls_files.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/rx-serve/tls.h"
#include "lib/secret.h"

static void *
wrong(char why[TLS_WHY], const char *path, const char *reason)
{
	snprintf(why, TLS_WHY, "%s %s", path, reason);
	return NULL;
}

static int
read_whole(const char *path, struct buf *dst, char why[TLS_WHY])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *reason = "is no regular file";
	struct stat st;
	ssize_t n;

	if (fd < 0) {
		wrong(why, path, strerror(errno));
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    buf_room(dst, TLS_FILE + 1) != NULL) {
		while (dst->len <= TLS_FILE &&
		    (n = read(
			 fd, dst->at + dst->len, TLS_FILE + 1 - dst->len)) > 0)
			buf_took(dst, (size_t)n);
		reason = dst->len > TLS_FILE ? "is too long" : NULL;
	}
	close(fd);
	if (reason != NULL)
		wrong(why, path, reason);
	return reason == NULL ? 0 : -1;
}

/* A key with a passphrase is refused, never asked about on a terminal. */
static int
no_passphrase(char *dst, int size, int writing, void *arg)
{
	(void)dst, (void)size, (void)writing, (void)arg;
	return -1;
}

/* The next of the file, NULL: there is none. */
static X509 *
next_certificate(BIO *bio)
{
	X509 *x = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);

	ERR_clear_error();
	return x;
}

X509 *
tls_files_leaf(const char *cert, char why[TLS_WHY])
{
	X509 *leaf = NULL;
	struct buf text;
	BIO *bio;

	buf_init(&text);
	if (read_whole(cert, &text, why) == 0 &&
	    (bio = BIO_new_mem_buf(text.at, (int)text.len)) != NULL) {
		if ((leaf = next_certificate(bio)) == NULL)
			wrong(why, cert, "holds no certificate in PEM");
		BIO_free(bio);
	}
	buf_release(&text);
	return leaf;
}

static const char *
use_certificates(SSL_CTX *ctx, BIO *bio)
{
	X509 *x = next_certificate(bio);
	bool taken;
	int n = 0;

	if (x == NULL)
		return "holds no certificate in PEM";
	taken = SSL_CTX_use_certificate(ctx, x) == 1;
	X509_free(x);
	if (!taken)
		return "holds a certificate that is too weak";
	while ((x = next_certificate(bio)) != NULL) {
		if (n++ == TLS_CHAIN || SSL_CTX_add0_chain_cert(ctx, x) != 1) {
			X509_free(x);
			return "holds a chain that is too long or too weak";
		}
	}
	return NULL;
}

static const char *
use_chain(SSL_CTX *ctx, const struct buf *text)
{
	BIO *bio = BIO_new_mem_buf(text->at, (int)text->len);
	const char *reason;

	if (bio == NULL)
		return "is more than memory holds";
	reason = use_certificates(ctx, bio);
	BIO_free(bio);
	return reason;
}

static const char *
use_key(SSL_CTX *ctx, const struct buf *text)
{
	BIO *bio = BIO_new_mem_buf(text->at, (int)text->len);
	const char *reason = NULL;
	EVP_PKEY *key;

	if (bio == NULL)
		return "is more than memory holds";
	key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	if (key == NULL)
		reason = "holds no key in PEM without a passphrase";
	else if (SSL_CTX_use_PrivateKey(ctx, key) != 1)
		reason = "is not the key of the certificate";
	EVP_PKEY_free(key);
	BIO_free(bio);
	return reason;
}

/* What is offered is a list of lengths and names. */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *len,
    const unsigned char *offered, unsigned offered_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";

	(void)ssl, (void)arg;
	return SSL_select_next_proto((unsigned char **)(uintptr_t)out, len,
		   ours, sizeof(ours) - 1, offered,
		   offered_len) == OPENSSL_NPN_NEGOTIATED
	    ? SSL_TLSEXT_ERR_OK
	    : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *
new_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL)
		return NULL;
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx,
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
		SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 1);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	return ctx;
}

SSL_CTX *
tls_files_load(const char *cert, const char *key, char why[TLS_WHY])
{
	SSL_CTX *ctx = new_context();
	struct buf chain, secret;
	const char *reason;
	bool good = false;

	buf_init(&chain);
	buf_init(&secret);
	if (ctx == NULL)
		wrong(why, cert, "is more than memory holds");
	else if (read_whole(cert, &chain, why) < 0)
		; /* why says it */
	else if ((reason = use_chain(ctx, &chain)) != NULL)
		wrong(why, cert, reason);
	else if (secret_read_all(key, &secret, &reason) < 0 ||
	    (reason = use_key(ctx, &secret)) != NULL)
		wrong(why, key, reason);
	else
		good = true;
	ERR_clear_error();
	secret_release(&secret);
	buf_release(&chain);
	if (!good) {
		SSL_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}
