/* SPDX-License-Identifier: MIT */
/*
 * parse_access -- the common and the combined log format of web servers:
 *
 *	HOST IDENT USER [TIME] "REQUEST" STATUS BYTES "REFERER" "AGENT"
 *
 * What follows is not looked at.
 */
#include <string.h>
#include <sysexits.h>

#include "lib/diag.h"

#include "parse.h"

static bool
word(struct span *rest, struct span *found)
{
	const char *blank = memchr(rest->at, ' ', rest->len);

	if (blank == NULL || blank == rest->at)
		return false;
	*found = (struct span){ rest->at, (size_t)(blank - rest->at) };
	*rest = span_skip(*rest, found->len + 1);
	return true;
}

/* What stands between two characters; a backslash escapes the second. */
static bool
enclosed(struct span *rest, char open, char close, struct span *found)
{
	size_t i = 1;

	if (rest->len == 0 || rest->at[0] != open)
		return false;
	while (i < rest->len && rest->at[i] != close)
		i += rest->at[i] == '\\' ? 2 : 1;
	if (i >= rest->len)
		return false;
	*found = (struct span){ rest->at + 1, i - 1 };
	*rest = span_skip(*rest, i + 1);
	if (rest->len > 0 && rest->at[0] == ' ')
		*rest = span_skip(*rest, 1);
	return true;
}

static bool
digits(struct span s)
{
	if (s.len == 0 || s.len > 18 || (s.at[0] == '0' && s.len > 1))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
	return true;
}

/* A quoted text: \" and \\ stand for what is behind the backslash. */
static void
add_quoted(struct parsing *p, const char *name, struct span text)
{
	if (memchr(text.at, '\\', text.len) == NULL) {
		parsing_add(p, name, text);
		return;
	}
	buf_reset(&p->scratch);
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '\\' && i + 1 < text.len &&
		    (text.at[i + 1] == '"' || text.at[i + 1] == '\\'))
			i++;
		buf_addc(&p->scratch, text.at[i]);
	}
	if (p->scratch.failed)
		die(EX_TEMPFAIL, "out of memory");
	parsing_add(p, name, buf_span(&p->scratch));
}

/* METHOD PATH PROTOCOL, or else whatever was sent. */
static void
add_request(struct parsing *p, struct span request)
{
	struct span rest = request, method, path;

	if (request.len == 0)
		return;
	if (word(&rest, &method) && word(&rest, &path) && rest.len > 0 &&
	    memchr(rest.at, ' ', rest.len) == NULL) {
		add_quoted(p, "method", method);
		add_quoted(p, "path", path);
		add_quoted(p, "protocol", rest);
	} else {
		add_quoted(p, "request", request);
	}
}

void
parse_access(struct parsing *p, struct span text)
{
	struct span rest = text, client, ident, user, when, request;
	struct span status, bytes, referer, agent;
	struct rtime_found found;

	if (text.len > 0 && text.at[text.len - 1] == '\r')
		rest.len--;
	if (!word(&rest, &client) || !word(&rest, &ident) ||
	    !word(&rest, &user) || !enclosed(&rest, '[', ']', &when) ||
	    !enclosed(&rest, '"', '"', &request) || !word(&rest, &status) ||
	    !digits(status) || status.len != 3)
		return;
	if (!word(&rest, &bytes)) { /* the common format ends here */
		bytes = rest;
		rest.len = 0;
	}
	if ((!digits(bytes) && !span_is(bytes, "-")) ||
	    !rtime_scan(&p->rtime, when, p->now_ns, &found))
		return;
	enrich_text(p->to, SPAN("client"), client);
	parsing_add(p, "ident", ident);
	parsing_add(p, "user", user);
	parsing_add_time(p, &found);
	add_request(p, request);
	enrich_json(p->to, SPAN("status"), status);
	if (digits(bytes))
		enrich_json(p->to, SPAN("bytes"), bytes);
	if (enclosed(&rest, '"', '"', &referer) &&
	    enclosed(&rest, '"', '"', &agent)) {
		add_quoted(p, "referer", referer);
		add_quoted(p, "agent", agent);
	}
}
