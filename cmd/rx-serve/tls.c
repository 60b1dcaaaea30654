/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/tls.h"

#include <inttypes.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cmd/rx-serve/net.h"
#include "cmd/rx-serve/tls_files.h"
#include "lib/diag.h"

#define READ_SIZE (16 * 1024) /* a record holds no more */
#define SOON_S (14 * 86400) /* before its end a certificate is warned of */

/* By what a file is known to be another one. */
struct look {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
};

static struct {
	const char *files[2]; /* certificate, key */
	SSL_CTX *ctx;
	struct look loaded[2], seen[2];
	struct net_timer watch;
	uint64_t failures;
	struct diag_rate told;
} tls;

struct tls {
	SSL *ssl;
	BIO *out; /* the SSL owns it */
};

bool
tls_is_on(void)
{
	return tls.ctx != NULL;
}

uint64_t
tls_failures(void)
{
	return tls.failures;
}

int64_t
tls_expiry_s(void)
{
	const ASN1_TIME *end =
	    X509_get0_notAfter(SSL_CTX_get0_certificate(tls.ctx));
	struct tm t;

	return ASN1_TIME_to_tm(end, &t) == 1 ? (int64_t)timegm(&t) : 0;
}

static void
look(struct look at[2])
{
	struct stat st;

	memset(at, 0, 2 * sizeof(*at));
	for (int i = 0; i < 2; i++)
		if (stat(tls.files[i], &st) == 0) {
			at[i].dev = st.st_dev;
			at[i].ino = st.st_ino;
			at[i].size = st.st_size;
			at[i].changed = st.st_mtim;
		}
}

static int
load(char why[TLS_WHY])
{
	SSL_CTX *fresh;
	int64_t left_s;

	look(tls.loaded); /* before: what changes meanwhile is read again */
	fresh = tls_files_load(tls.files[0], tls.files[1], why);
	if (fresh == NULL)
		return -1;
	SSL_CTX_free(tls.ctx);
	tls.ctx = fresh;
	left_s = tls_expiry_s() - (int64_t)time(NULL);
	if (left_s <= 0)
		warn("%s: the certificate has expired", tls.files[0]);
	else if (left_s < SOON_S)
		warn("%s: the certificate expires in %" PRId64 " hours",
		    tls.files[0], left_s / 3600);
	return 0;
}

void
tls_init(const char *cert, const char *key)
{
	char why[TLS_WHY];

	if (cert == NULL && key == NULL)
		return;
	if (cert == NULL || key == NULL)
		die(EX_USAGE, "--tls-cert and --tls-key go together");
	tls.files[0] = cert;
	tls.files[1] = key;
	if (load(why) < 0)
		die(EX_CONFIG, "%s", why);
}

void
tls_reload(void)
{
	char why[TLS_WHY];

	if (tls.ctx == NULL)
		return;
	if (load(why) < 0)
		warn("the old certificate stays: %s", why);
	else
		info("the certificate of %s was read", tls.files[0]);
}

/* A certificate is written before its key, or the key before it: only when
 * both have come to rest are they a pair. */
static void
watch(void *arg)
{
	struct look now[2];

	(void)arg;
	look(now);
	if (memcmp(now, tls.loaded, sizeof(now)) != 0 &&
	    memcmp(now, tls.seen, sizeof(now)) == 0)
		tls_reload();
	memcpy(tls.seen, now, sizeof(now));
	net_timer_set(&tls.watch, TLS_WATCH_MS / 2);
}

void
tls_watch(void)
{
	if (tls.ctx == NULL)
		return;
	tls.watch = (struct net_timer){ .run = watch };
	net_timer_set(&tls.watch, TLS_WATCH_MS / 2);
}

struct tls *
tls_new(void)
{
	struct tls *t = calloc(1, sizeof(*t));
	BIO *in = BIO_new(BIO_s_mem());

	if (t == NULL || in == NULL ||
	    (t->out = BIO_new(BIO_s_mem())) == NULL ||
	    (t->ssl = SSL_new(tls.ctx)) == NULL) {
		BIO_free(in);
		if (t != NULL)
			BIO_free(t->out);
		free(t);
		return NULL;
	}
	BIO_set_mem_eof_return(in, -1); /* more will come */
	SSL_set_bio(t->ssl, in, t->out);
	SSL_set_accept_state(t->ssl);
	return t;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	free(t);
}

static void
tell_failure(void)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);

	tls.failures++;
	warn_every(&tls.told, "tls_failed: %s",
	    reason == NULL ? "broken off" : reason);
}

int
tls_feed(struct tls *t, struct span bytes, int (*take)(void *arg, struct span),
    void *arg)
{
	static char plain[READ_SIZE];
	int n;

	ERR_clear_error();
	if (BIO_write(SSL_get_rbio(t->ssl), bytes.at, (int)bytes.len) !=
	    (int)bytes.len)
		return -1;
	while ((n = SSL_read(t->ssl, plain, sizeof(plain))) > 0)
		if (take(arg, (struct span){ plain, (size_t)n }) < 0)
			return -1;
	switch (SSL_get_error(t->ssl, n)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_ZERO_RETURN: /* it may still listen */ return 0;
	default: tell_failure(); return -1;
	}
}

int
tls_seal(struct tls *t, struct span plain)
{
	ERR_clear_error();
	if (plain.len > INT_MAX ||
	    SSL_write(t->ssl, plain.at, (int)plain.len) != (int)plain.len) {
		tell_failure();
		return -1;
	}
	return 0;
}

void
tls_bye(struct tls *t)
{
	ERR_clear_error();
	(void)SSL_shutdown(t->ssl);
}

struct span
tls_out(const struct tls *t)
{
	struct span out;
	char *at;
	long n = BIO_get_mem_data(t->out, &at);

	out.at = at;
	out.len = n > 0 ? (size_t)n : 0;
	return out;
}

void
tls_sent(struct tls *t)
{
	(void)BIO_reset(t->out);
}
