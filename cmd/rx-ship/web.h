/* SPDX-License-Identifier: MIT */
/*
 * web -- HTTP requests that nobody waits for.  The one door to libcurl.
 *
 * Shape   A web keeps connections open and runs requests on them.  A call is
 *         one request at a time and its answer, used again and again: set the
 *         fields of the request, web_start(), then web_work() whenever the
 *         descriptor of web_poll() is ready or its time has come, until
 *         call->busy is false.
 * Ends    answered      status, retry_after_s and body hold the answer
 *         not reached   nothing of the request has left
 *         lost, late    it may have been carried out, or not
 *         garbled       the peer does not speak HTTP, or says too much
 * Safe    http and https only; TLS 1.2 or newer, name and chain checked; no
 *         redirects unless asked, none from https to http; HTTP/1.1; no
 *         signals; a header or a body that grows past the limits ends the
 *         call.  Proxies as the environment says (http_proxy, https_proxy,
 *         no_proxy).
 * TLS     The files of web_tls are read for each new connection; when one of
 *         them was replaced, each call takes a new connection the next time.
 * Limits  WEB_BODY_KEPT bytes of the answer are kept, WEB_BODY_MAX are read.
 * Owner   Request fields are loans until busy is false.  why quotes no secret:
 *         libcurl names hosts and ports there, never headers.
 * Errors  web_init, web_start: -1 when memory or descriptors ran out.
 * Source  libcurl-multi(3), curl_multi_socket_action(3); RFC 9110, RFC 9112.
 */
#ifndef RX_SHIP_WEB_H
#define RX_SHIP_WEB_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "lib/buf.h"
#include "lib/span.h"

#define WEB_BODY_KEPT (64 * 1024)
#define WEB_BODY_MAX (1024 * 1024)
#define WEB_WHY 320

struct web_tls {
	const char *ca, *cert, *key; /* files; NULL: the system's, none */
};

struct web {
	/* private */
	void *multi;
	int epoll;
	int64_t due_ms;
	const struct web_tls *tls;
	size_t running; /* calls, and what is watched */
};

enum web_end {
	WEB_ANSWERED,
	WEB_NOT_REACHED,
	WEB_NOT_TRUSTED, /* TLS: as if not reached */
	WEB_LATE_TO_CONNECT,
	WEB_LATE,
	WEB_LOST,
	WEB_GARBLED
};

struct web_call {
	/* the request */
	const char *url; /* holds no user and password */
	const char *user, *password; /* Basic; NULL: none */
	const struct buf *headers; /* lines ending in NUL, one after another */
	const struct span *body; /* pieces of it, one after another */
	size_t n_body; /* 1 at least */
	bool head; /* HEAD, and no body */
	int64_t connect_ms, total_ms;
	unsigned redirects;

	/* the answer */
	bool busy;
	enum web_end end;
	unsigned status;
	int64_t retry_after_s; /* 0: it did not say */
	struct buf answer;
	char why[WEB_WHY]; /* unless answered */

	/* private */
	void *easy;
	void *list;
	struct timespec stamps[3]; /* of the files of web_tls, when used last */
	struct web *web;
	size_t n_read;
	size_t part, part_done; /* of the body: what leaves next */
	char error[256]; /* CURL_ERROR_SIZE */
};

int web_init(struct web *, const struct web_tls *);
void web_release(struct web *); /* after its calls */
int web_call_init(struct web_call *);
void web_call_release(struct web_call *);

int web_start(struct web *, struct web_call *);
void web_cancel(struct web_call *);
/* Another descriptor that ends the wait when it can be read. */
int web_watch(struct web *, int fd);
void web_unwatch(struct web *, int fd);
void web_poll(struct web *, struct pollfd *, int64_t *until_ms);
void web_work(struct web *, int64_t now_ms);

const char *web_version(void); /* "libcurl 7.88.1" */
bool web_resolves(void); /* names, without waiting for the resolver */

#endif
