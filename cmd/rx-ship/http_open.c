/* SPDX-License-Identifier: MIT */
/*
 * From the URL and the options to a target of HTTP.
 */
#include <errno.h>
#include <libgen.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/rx-ship/endpoint.h"
#include "cmd/rx-ship/http.h"
#include "cmd/rx-ship/loki.h"
#include "lib/confine.h"
#include "lib/secret.h"
#include "lib/stop.h"

#define LOKI "loki+"
#define LOKI_BATCH 1000
/* Loki, "Manage tenant isolation": what a name may be made of. */
#define TENANT \
	"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"!-_.*'()|"
#define NDJSON_BATCH 500

/* scheme://host:port, and a name for messages: no secret, no query. */
static void
put_base(struct http *h, bool loki)
{
	const struct url *u = &h->url;
	bool colons = strchr(u->host, ':') != NULL;
	char port[16] = "";

	if (u->port != 0)
		snprintf(port, sizeof(port), ":%u", u->port);
	snprintf(h->base, sizeof(h->base), "%s://%s%s%s%s",
	    u->scheme + (loki ? strlen(LOKI) : 0), colons ? "[" : "", u->host,
	    colons ? "]" : "", port);
}

static int
put_path(
    struct http *h, const struct http_settings *s, bool loki, const char **why)
{
	const struct url *u = &h->url;
	const char *endpoint = "", *path = u->path;
	size_t len;

	if (s->preset != NULL)
		endpoint = endpoint_of(s->preset);
	if (loki && (path == NULL || strcmp(path, "/") == 0))
		path = LOKI_PATH;
	*why = "is too long";
	if (endpoint_join(h->path, sizeof(h->path), path, endpoint) < 0)
		return -1;
	len = strlen(h->path);
	snprintf(h->about, sizeof(h->about), "%s%s%s", h->base, h->path,
	    u->query == NULL ? "" : "?***");
	if (u->query == NULL)
		return template_parse(
		    &h->form.path, h->path, TEMPLATE_PATH, why);
	if (len + 1 + strlen(u->query) >= sizeof(h->path))
		return -1;
	h->path[len] = '?';
	memcpy(h->path + len + 1, u->query, strlen(u->query) + 1);
	return template_parse(&h->form.path, h->path, TEMPLATE_PATH, why);
}

static int
put_headers(struct http *h, const struct http_settings *s, const char **why)
{
	struct request_form *f = &h->form;

	for (size_t i = 0; i < s->n_headers; i++)
		if (template_parse(&f->headers[f->n_headers++], s->headers[i],
			TEMPLATE_HEADER, why) < 0)
			return -1;
	if (s->tenant == NULL)
		return 0;
	*why = "has a --tenant that Loki does not take";
	if (snprintf(h->tenant, sizeof(h->tenant), "X-Scope-OrgID: %s",
		s->tenant) >= (int)sizeof(h->tenant) ||
	    s->tenant[strspn(s->tenant, TENANT)] != '\0')
		return -1;
	return template_parse(
	    &f->headers[f->n_headers++], h->tenant, TEMPLATE_HEADER, why);
}

static int
put_loki(struct http *h, const struct http_settings *s, const char **why)
{
	struct loki *l = loki_new(&s->times, h->form.batch, &h->target.clamped);

	*why = strerror(ENOMEM);
	if ((h->form.loki = l) == NULL)
		return -1;
	if (s->n_labels == 0 &&
	    (loki_label(l, "job=rx", why) < 0 ||
		loki_label(l, "host={node_id}", why) < 0 ||
		loki_label(l, "label={label}", why) < 0))
		return -1;
	for (size_t i = 0; i < s->n_labels; i++)
		if (loki_label(l, s->labels[i], why) < 0)
			return -1;
	for (size_t i = 0; i < s->n_metadata; i++)
		if (loki_metadata(l, s->metadata[i], why) < 0)
			return -1;
	return 0;
}

/* What suits this kind of target, where the command line does not say. */
static void
put_form(struct http *h, const struct http_settings *s, bool loki)
{
	struct request_form *f = &h->form;

	f->body = loki ? REQUEST_LOKI : s->has_body ? s->body : REQUEST_JSON;
	f->batch = s->batch;
	if (f->batch == 0)
		f->batch = loki ? LOKI_BATCH : NDJSON_BATCH;
	if (f->body == REQUEST_JSON)
		f->batch = 1;
	if (f->batch > h->target.settings->window)
		f->batch = h->target.settings->window;
	f->bytes = s->batch_bytes;
	f->gzip = h->target.settings->gzip;
}

static bool
has_token(const struct token_source *s)
{
	return s->file != NULL || s->command != NULL || s->given != NULL;
}

/* The form that a peer may quote; libcurl makes its own. */
static int
put_basic(struct http *h)
{
	const struct url *u = &h->url;
	struct buf plain;
	char *room;

	if (u->password == NULL)
		return 0;
	buf_init(&plain);
	buf_addf(&plain, "%s:%s", u->user, u->password);
	/* Four letters for three bytes, and a NUL. */
	room = buf_room(&h->basic, (plain.len + 2) / 3 * 4 + 1);
	if (room != NULL && !plain.failed)
		buf_took(&h->basic,
		    (size_t)EVP_EncodeBlock((unsigned char *)room,
			(const unsigned char *)plain.at, (int)plain.len));
	secret_release(&plain);
	return h->basic.len > 0 ? 0 : -1;
}

/* The resolver and TLS read in many places; only the token is written. */
static void
narrow(struct http *h, const struct token_source *s)
{
	char *copy;

	h->target.promises = s->command != NULL
	    ? "stdio inet dns rpath wpath cpath flock proc exec"
	    : s->file != NULL && s->refresh_url != NULL
	    ? "stdio inet dns rpath wpath cpath flock"
	    : "stdio inet dns rpath";
	if (s->command != NULL || confine_allow("/", "r") < 0)
		return;
	if (s->file == NULL || s->refresh_url == NULL) {
		h->target.named = true;
	} else if ((copy = strdup(s->file)) != NULL) {
		h->target.named = confine_allow(dirname(copy), "rwc") == 0;
		free(copy);
	}
}

static int
set_up(struct http *h, const char **why)
{
	const struct settings *settings = h->target.settings;
	const struct http_settings *s = &settings->http;
	bool loki = strncmp(h->url.scheme, LOKI, strlen(LOKI)) == 0;

	put_form(h, s, loki);
	put_base(h, loki);
	if (put_path(h, s, loki, why) < 0 || put_headers(h, s, why) < 0 ||
	    (loki && put_loki(h, s, why) < 0))
		return -1;
	*why = "needs a libcurl whose resolver does not block: "
	       "--with-threaded-resolver or c-ares";
	if (!web_resolves())
		return -1;
	*why = strerror(ENOMEM);
	if (put_basic(h) < 0 || request_init(&h->request, &h->form) < 0 ||
	    web_init(&h->web, &s->tls) < 0 || web_call_init(&h->call) < 0)
		return -1;
	h->call.redirects = s->redirects;
	if (has_token(&s->token) &&
	    (h->token = token_open(&s->token, &h->web, &settings->backoff,
		 settings->timeout_ms, why)) == NULL)
		return -1;
	narrow(h, &s->token);
	return 0;
}

struct target *
http_open(
    char *url, bool blank, const struct settings *settings, const char **why)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL) {
		*why = strerror(errno);
		return NULL;
	}
	buf_init(&h->basic);
	buf_init(&h->full);
	buf_init(&h->headers);
	h->backoff = settings->backoff;
	h->target = (struct target){ .ops = &http_ops,
		.settings = settings,
		.name = h->about,
		.about = "by HTTP POST",
		.since_ms = stop_now_ms() };
	if (url_parse(&h->url, url, why) < 0) {
		free(h);
		return NULL;
	}
	if (blank && h->url.password != NULL) {
		warn("a password on the command line can be read by others;"
		     " use --url-file or RX_URL");
		url_blank(&h->url, url);
	}
	if (set_up(h, why) < 0) {
		h->target.ops->free(&h->target);
		return NULL;
	}
	return &h->target;
}
