/* SPDX-License-Identifier: MIT */
#include "lib/url.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ascii.h"
#include "lib/num.h"
#include "lib/secret.h"

bool
url_decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		int high, low;

		if (*from != '%') {
			*to++ = *from;
			continue;
		}
		if ((high = hex_value(from[1])) < 0 ||
		    (low = hex_value(from[2])) < 0 || (high | low) == 0)
			return false;
		*to++ = (char)(high << 4 | low);
		from += 2;
	}
	*to = '\0';
	return true;
}

/* Cuts the host and the port apart. */
static const char *
read_host(struct url *u, char *host)
{
	const char *why;
	uint64_t port;
	char *colon;

	if (host[0] == '[') {
		char *bracket = strchr(host, ']');

		if (bracket == NULL)
			return "has a bracket that does not close";
		*bracket = '\0';
		u->host = host + 1;
		colon = bracket + 1;
		if (*colon != ':' && *colon != '\0')
			return "has something odd behind its host";
	} else {
		u->host = host;
		colon = host + strcspn(host, ":");
	}
	if (*colon == ':') {
		*colon++ = '\0';
		if (num_u64(span_of(colon), &port, &why) < 0 || port == 0 ||
		    port > 65535)
			return "has a port that is not from 1 to 65535";
		u->port = (unsigned)port;
	}
	if (!url_decode(u->host))
		return "has a bad percent escape";
	return u->host[0] == '\0' ? "has no host" : NULL;
}

/* The text with *** between from and to, if there is a password at all. */
static void
show(char *shown, const char *text, const char *from, const char *to)
{
	size_t n = strlen(text);

	if (from != NULL) {
		n = (size_t)(from - text);
		memcpy(shown, text, n);
		memcpy(shown + n, "***", 3);
		shown += n + 3;
		text = to;
		n = strlen(to);
	}
	memcpy(shown, text, n + 1);
}

/*
 * bytes holds the text twice: to be cut up, with room for a "/" in front of
 * the path, and to be shown.
 */
static const char *
cut_up(struct url *u, const char *text)
{
	char *authority, *at, *rest, *colon = NULL;
	size_t n = strlen(text),
	       scheme = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789+.-");

	if (scheme == 0 || strncmp(text + scheme, "://", 3) != 0)
		return "does not begin with a scheme and ://";
	u->size = 2 * n + 8;
	if ((u->bytes = malloc(u->size)) == NULL)
		return "takes more memory than there is";
	memcpy(u->bytes, text, n + 1);
	u->shown = u->bytes + n + 2;
	u->scheme = u->bytes;
	u->scheme[scheme] = '\0';
	authority = u->bytes + scheme + 3;

	/* Move the authority down a byte: its end then has room for a NUL. */
	rest = authority + strcspn(authority, "/?#");
	memmove(authority - 1, authority, (size_t)(rest - authority));
	authority--;
	rest[-1] = '\0';
	if (strchr(rest, '#') != NULL)
		return "has a fragment, which means nothing here";
	if ((u->query = strchr(rest, '?')) != NULL)
		*u->query++ = '\0';
	if (*rest == '/')
		u->path = rest;

	if ((at = strrchr(authority, '@')) != NULL) {
		*at = '\0';
		u->user = authority;
		if ((colon = strchr(authority, ':')) != NULL) {
			*colon = '\0';
			u->password = colon + 1;
		}
	}
	/* Offsets in text are one more than in the moved authority. */
	show(u->shown, text,
	    colon == NULL ? NULL : text + (colon - u->bytes) + 2,
	    colon == NULL ? NULL : text + (at - u->bytes) + 1);
	if ((u->user != NULL && !url_decode(u->user)) ||
	    (u->password != NULL && !url_decode(u->password)))
		return "has a bad percent escape";
	return read_host(u, at == NULL ? authority : at + 1);
}

int
url_parse(struct url *u, const char *text, const char **why)
{
	*u = (struct url){ .port = 0 };
	*why = NULL;
	if (strlen(text) > URL_MAX)
		*why = "is too long";
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c <= 0x20 || *c == 0x7f)
			*why = "holds a blank or a control character";
	if (*why == NULL && (*why = cut_up(u, text)) == NULL)
		return 0;
	url_release(u);
	return -1;
}

void
url_release(struct url *u)
{
	if (u->bytes != NULL)
		explicit_bzero(u->bytes, u->size);
	free(u->bytes);
	*u = (struct url){ .port = 0 };
}

struct span
url_secret(const struct url *u)
{
	struct span none = { NULL, 0 };

	if (u->password == NULL || strlen(u->password) < SECRET_LEAST ||
	    (u->user != NULL && strcmp(u->user, u->password) == 0))
		return none;
	return span_of(u->password);
}

void
url_hide(const struct url *u, char *text)
{
	size_t secret = url_secret(u).len;
	char *at = text;

	while (secret > 0 && (at = strstr(at, u->password)) != NULL) {
		/* Never longer than before: a secret has three bytes. */
		memmove(at + 3, at + secret, strlen(at + secret) + 1);
		memcpy(at, "***", 3);
		at += 3;
	}
}

void
url_blank(const struct url *u, char *argument)
{
	size_t n = strlen(argument), shown = strlen(u->shown);

	if (u->password == NULL)
		return;
	explicit_bzero(argument, n);
	memcpy(argument, u->shown, shown < n ? shown : n);
}
