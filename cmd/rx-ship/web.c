/* SPDX-License-Identifier: MIT */
/*
 * libcurl tells which descriptors it waits for; they go into an epoll set, and
 * that one descriptor is what the loop of rx-ship polls.
 */
#include "cmd/rx-ship/web.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "cmd/rx-ship/web_part.h"
#include "lib/stop.h"

#define EVENTS 16
#define WATCHED ((uint64_t)1 << 32) /* not one of libcurl's */

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct web *web = arg;
	struct epoll_event e = { .data.u64 = (uint32_t)fd };
	int op = known == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		/* It may be closed already. */
		(void)epoll_ctl(web->epoll, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	if (what != CURL_POLL_OUT)
		e.events |= EPOLLIN;
	if (what != CURL_POLL_IN)
		e.events |= EPOLLOUT;
	if (epoll_ctl(web->epoll, op, fd, &e) < 0 && errno == EEXIST)
		(void)epoll_ctl(web->epoll, EPOLL_CTL_MOD, fd, &e);
	curl_multi_assign(web->multi, fd, web);
	return 0;
}

static int
on_timer(CURLM *multi, long ms, void *arg)
{
	struct web *web = arg;

	(void)multi;
	web->due_ms = ms < 0 ? INT64_MAX : stop_now_ms() + ms;
	return 0;
}

static size_t
on_body(char *at, size_t one, size_t n, void *arg)
{
	struct web_call *c = arg;
	size_t left = WEB_BODY_KEPT - c->answer.len;

	(void)one;
	c->n_read += n;
	if (c->n_read > WEB_BODY_MAX)
		return 0; /* ends the call: CURLE_WRITE_ERROR */
	buf_add(&c->answer, (struct span){ at, n < left ? n : left });
	return n;
}

int
web_init(struct web *web, const struct web_tls *tls)
{
	*web = (struct web){ .epoll = -1, .due_ms = INT64_MAX, .tls = tls };
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 ||
	    (web->multi = curl_multi_init()) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	if ((web->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0) {
		curl_multi_cleanup(web->multi);
		return -1;
	}
	curl_multi_setopt(web->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(web->multi, CURLMOPT_SOCKETDATA, web);
	curl_multi_setopt(web->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(web->multi, CURLMOPT_TIMERDATA, web);
	curl_multi_setopt(web->multi, CURLMOPT_MAXCONNECTS, 4L);
	return 0;
}

void
web_release(struct web *web)
{
	if (web->multi == NULL)
		return;
	curl_multi_cleanup(web->multi);
	close(web->epoll);
	web->multi = NULL;
	curl_global_cleanup();
}

int
web_call_init(struct web_call *c)
{
	*c = (struct web_call){ .busy = false };
	buf_init(&c->answer);
	if ((c->easy = curl_easy_init()) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

void
web_call_release(struct web_call *c)
{
	if (c->easy == NULL)
		return;
	web_cancel(c);
	curl_easy_cleanup(c->easy);
	buf_release(&c->answer);
	c->easy = NULL;
}

int
web_start(struct web *web, struct web_call *c)
{
	CURL *easy = c->easy;

	curl_easy_reset(easy); /* its connection stays */
	c->web = web;
	c->n_read = 0;
	c->status = 0;
	c->retry_after_s = 0;
	c->error[0] = c->why[0] = '\0';
	buf_reset(&c->answer);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, c);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, c->error);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, c);
	if (web_set_options(c) < 0 ||
	    curl_multi_add_handle(web->multi, easy) != CURLM_OK) {
		curl_slist_free_all(c->list);
		c->list = NULL;
		errno = ENOMEM;
		return -1;
	}
	c->busy = true;
	web->running++;
	return 0;
}

static void
end_call(struct web_call *c)
{
	curl_multi_remove_handle(c->web->multi, c->easy);
	curl_slist_free_all(c->list);
	c->list = NULL;
	c->busy = false;
	c->web->running--;
}

void
web_cancel(struct web_call *c)
{
	if (c->busy)
		end_call(c);
}

/* Had the whole way to the peer been made before it ended? */
static bool
was_connected(CURL *easy)
{
	curl_off_t us = 0;

	curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &us);
	return us > 0;
}

static enum web_end
end_of(CURL *easy, CURLcode code)
{
	switch (code) {
	case CURLE_OK: return WEB_ANSWERED;
	case CURLE_OPERATION_TIMEDOUT:
		return was_connected(easy) ? WEB_LATE : WEB_LATE_TO_CONNECT;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CIPHER: return WEB_NOT_TRUSTED;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_TOO_MANY_REDIRECTS:
	case CURLE_BAD_CONTENT_ENCODING:
	case CURLE_WRITE_ERROR: return WEB_GARBLED;
	default: return was_connected(easy) ? WEB_LOST : WEB_NOT_REACHED;
	}
}

static void
finish(struct web_call *c, CURLcode code)
{
	curl_off_t wait = 0;
	long status = 0;

	c->end = end_of(c->easy, code);
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &wait);
	c->retry_after_s = wait > 0 ? (int64_t)wait : 0;
	if (c->end == WEB_ANSWERED && (status < 200 || status > 599)) {
		c->end = WEB_GARBLED;
		snprintf(
		    c->why, sizeof(c->why), "answer with status %ld", status);
	} else if (c->end == WEB_ANSWERED) {
		c->status = (unsigned)status;
	} else if (code == CURLE_WRITE_ERROR) {
		snprintf(c->why, sizeof(c->why),
		    "an answer of more than %d bytes", WEB_BODY_MAX);
	} else {
		snprintf(c->why, sizeof(c->why), "%s",
		    c->error[0] != '\0' ? c->error : curl_easy_strerror(code));
	}
	end_call(c);
}

int
web_watch(struct web *web, int fd)
{
	struct epoll_event e = { .events = EPOLLIN,
		.data.u64 = WATCHED | (uint32_t)fd };

	if (epoll_ctl(web->epoll, EPOLL_CTL_ADD, fd, &e) < 0)
		return -1;
	web->running++;
	return 0;
}

void
web_unwatch(struct web *web, int fd)
{
	if (fd < 0)
		return;
	/* A descriptor that was closed has left the set by itself. */
	(void)epoll_ctl(web->epoll, EPOLL_CTL_DEL, fd, NULL);
	web->running--;
}

void
web_poll(struct web *web, struct pollfd *p, int64_t *until_ms)
{
	*p = (struct pollfd){ web->running > 0 ? web->epoll : -1, POLLIN, 0 };
	if (web->running > 0 && web->due_ms < *until_ms)
		*until_ms = web->due_ms;
}

void
web_work(struct web *web, int64_t now_ms)
{
	struct epoll_event e[EVENTS];
	int running, left, n = epoll_wait(web->epoll, e, EVENTS, 0);
	CURLMsg *m;

	for (int i = 0; i < n; i++) {
		int mask = (e[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
		    (e[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
		    (e[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR
							 : 0);

		if ((e[i].data.u64 & WATCHED) == 0)
			curl_multi_socket_action(
			    web->multi, (int)e[i].data.u64, mask, &running);
	}
	if (now_ms >= web->due_ms) {
		web->due_ms = INT64_MAX;
		curl_multi_socket_action(
		    web->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	while ((m = curl_multi_info_read(web->multi, &left)) != NULL) {
		CURLcode code = m->data.result;
		struct web_call *c;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
		finish(c, code);
	}
}

const char *
web_version(void)
{
	static char text[64];

	snprintf(text, sizeof(text), "libcurl %s",
	    curl_version_info(CURLVERSION_NOW)->version);
	return text;
}

bool
web_resolves(void)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	return (v->features & CURL_VERSION_ASYNCHDNS) != 0;
}
