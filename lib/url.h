/* SPDX-License-Identifier: MIT */
/*
 * url -- a URL in its parts, and without its secret for messages.
 *
 * Shape   scheme://[user[:password]@]host[:port][/path][?query].  user, password
 *         and host are decoded; path, from its "/" on, and query stand as
 *         written: who splits them decodes the pieces with url_decode().  A
 *         part that is absent is NULL, an absent port 0.  A password may hold
 *         a bare "@"; an IPv6 host stands in brackets, which host leaves out.
 * Secrets shown is the URL with *** for the password: the only form that
 *         belongs into a message.  url_hide() masks the password in text that
 *         came from elsewhere; url_secret() is what there is to mask.  url_blank() takes it out of an argument, so
 *         that the process list does not show it.
 * Owner   The struct owns its parts; url_release() wipes them.
 * Limits  URL_MAX bytes.  No control characters, no blanks.
 * Errors  -1 and *why, a constant phrase that quotes nothing.
 * Source  RFC 3986.
 */
#ifndef RX_URL_H
#define RX_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/span.h"

#define URL_MAX 4096

struct url {
	char *scheme, *user, *password, *host, *path, *query;
	unsigned port;
	char *shown;
	/* private */
	char *bytes;
	size_t size;
};

int url_parse(struct url *, const char *text, const char **why);
void url_release(struct url *);

/* Percent-decodes in place; false for a bad escape or %00. */
bool url_decode(char *);

/* The password; empty where it is none to hide: short, or the user's name. */
struct span url_secret(const struct url *);

/* Puts *** wherever text holds the password; it gets no longer. */
void url_hide(const struct url *, char *text);

void url_blank(const struct url *, char *argument);

#endif
