/* SPDX-License-Identifier: MIT */
/*
 * What libcurl is told of one request.
 */
#include "cmd/rx-ship/web_part.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* Bytes of a body that libcurl takes at once, and gives to the socket. */
#define UPLOAD (256L * 1024)

/* Whether a file that connections are made with was replaced since. */
static bool
tls_changed(struct web_call *c)
{
	const struct web_tls *tls = c->web->tls;
	const char *paths[] = { tls->ca, tls->cert, tls->key };
	bool changed = false;

	for (size_t i = 0; i < 3; i++) {
		struct stat st;

		if (paths[i] == NULL || stat(paths[i], &st) < 0)
			continue;
		changed |=
		    memcmp(&st.st_mtim, &c->stamps[i], sizeof(st.st_mtim)) != 0;
		c->stamps[i] = st.st_mtim;
	}
	return changed;
}

static void
set_tls(struct web_call *c, CURL *easy)
{
	const struct web_tls *tls = c->web->tls;

	curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	/* Read for each connection, not once a day. */
	curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
	if (tls->ca != NULL) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, tls->ca);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	if (tls->cert != NULL)
		curl_easy_setopt(easy, CURLOPT_SSLCERT, tls->cert);
	if (tls->key != NULL)
		curl_easy_setopt(easy, CURLOPT_SSLKEY, tls->key);
	/* Or OpenSSL asks the terminal for one, and waits. */
	curl_easy_setopt(easy, CURLOPT_KEYPASSWD, "");
	if (tls_changed(c))
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
}

static int
set_headers(struct web_call *c, CURL *easy)
{
	const char *at = c->headers->at, *end = at + c->headers->len;
	/* No waiting for "100 Continue" before a body. */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:"), *longer;

	for (; list != NULL && at < end; at += strlen(at) + 1) {
		if ((longer = curl_slist_append(list, at)) == NULL) {
			curl_slist_free_all(list);
			return -1;
		}
		list = longer;
	}
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
	c->list = list;
	return list == NULL ? -1 : 0;
}

static void
set_safety(struct web_call *c, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	/* What went in secret is not sent on in the clear. */
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR,
	    strncasecmp(c->url, "https:", 6) == 0 ? "https" : "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, c->redirects > 0);
	curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)c->redirects);
	curl_easy_setopt(easy, CURLOPT_POSTREDIR, CURL_REDIR_POST_ALL);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(
	    easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)c->connect_ms);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)c->total_ms);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	/* A resolver that hangs must not hold up the end. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
}

/* The next bytes of the body, from where they are. */
static size_t
on_upload(char *dst, size_t one, size_t room, void *arg)
{
	struct web_call *c = arg;
	size_t took = 0;

	(void)one;
	while (c->part < c->n_body) {
		struct span s = span_skip(c->body[c->part], c->part_done);

		if (s.len > room - took) {
			memcpy(dst + took, s.at, room - took);
			c->part_done += room - took;
			return room;
		}
		memcpy(dst + took, s.at, s.len);
		took += s.len;
		c->part++;
		c->part_done = 0;
	}
	return took;
}

/* From the front again: a kept connection had ended, or a redirect. */
static int
on_rewind(void *arg, curl_off_t offset, int whence)
{
	struct web_call *c = arg;

	if (offset != 0 || whence != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	c->part = c->part_done = 0;
	return CURL_SEEKFUNC_OK;
}

static void
set_body(struct web_call *c, CURL *easy)
{
	curl_off_t len = 0;

	c->part = c->part_done = 0;
	for (size_t i = 0; i < c->n_body; i++)
		len += (curl_off_t)c->body[i].len;
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, len);
	if (c->n_body == 1) { /* leaves with the headers, when it is small */
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, c->body->at);
		return;
	}
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_upload);
	curl_easy_setopt(easy, CURLOPT_READDATA, c);
	curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_rewind);
	curl_easy_setopt(easy, CURLOPT_SEEKDATA, c);
}

int
web_set_options(struct web_call *c)
{
	CURL *easy = c->easy;

	set_safety(c, easy);
	set_tls(c, easy);
	if (c->head)
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else
		set_body(c, easy);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "rx-ship");
	curl_easy_setopt(easy, CURLOPT_URL, c->url);
	if (c->user != NULL) {
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(easy, CURLOPT_USERNAME, c->user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD,
		    c->password == NULL ? "" : c->password);
	}
	return set_headers(c, easy);
}
