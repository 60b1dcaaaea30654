/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/request.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "lib/ascii.h"

/* Fields that have a say, each at most once but for lists. */
struct fields {
	struct span asked, length, coding, upgrade, expect, site;
	bool has_host, has_length, has_coding, has_upgrade, has_expect;
	bool has_key, has_version, has_protocol, has_type, has_site;
	bool has_request_id, has_trace, has_idem;
	bool connection_upgrade;
};

static bool
is_token_byte(unsigned char c)
{
	return is_letter(c) || is_digit(c) ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool
request_word_is(struct span s, const char *name)
{
	return s.len == strlen(name) && strncasecmp(s.at, name, s.len) == 0;
}

static struct span
trim(struct span s)
{
	while (s.len > 0 && (*s.at == ' ' || *s.at == '\t'))
		s = span_skip(s, 1);
	while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* The part of *rest before the first c, or all of it; *rest goes behind. */
static struct span
cut(struct span *rest, char c)
{
	const char *at = rest->len > 0 ? memchr(rest->at, c, rest->len) : NULL;
	struct span part = *rest;

	if (at == NULL) {
		*rest = span_skip(*rest, rest->len);
		return part;
	}
	part.len = (size_t)(at - rest->at);
	*rest = span_skip(*rest, part.len + 1);
	return part;
}

struct span
request_item(struct span *rest)
{
	return trim(cut(rest, ','));
}

size_t
request_head(struct span bytes)
{
	const char *end = memmem(bytes.at, bytes.len, "\r\n\r\n", 4);

	return end == NULL ? 0 : (size_t)(end - bytes.at) + 4;
}

int
request_doubt(struct span bytes, const char **why)
{
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.at[i];

		if (c >= 0x20 ? c != 0x7f : c == '\t')
			continue;
		if (c == '\r' &&
		    (i + 1 == bytes.len || bytes.at[i + 1] == '\n'))
			continue;
		if (c == '\n' && i > 0 && bytes.at[i - 1] == '\r')
			continue;
		*why = "a control character";
		return 400;
	}
	if (bytes.len >= REQUEST_MAX) {
		*why = "a head of more than 8192 bytes";
		return 431;
	}
	return 0;
}

static int
refuse(struct request *r, int status, const char *why)
{
	r->why = why;
	return status;
}

static int
parse_target(struct request *r, struct span target)
{
	const char *mark;

	if (target.len == 0 || *target.at != '/')
		return refuse(r, 400, "a target that is no path");
	for (size_t i = 0; i < target.len; i++)
		if (target.at[i] <= ' ' || target.at[i] == '#' ||
		    target.at[i] == 0x7f)
			return refuse(r, 400, "a target with other bytes");
	r->path = target;
	if ((mark = memchr(target.at, '?', target.len)) != NULL) {
		r->path.len = (size_t)(mark - target.at);
		r->query = span_skip(target, r->path.len + 1);
		r->has_query = true;
	}
	return 0;
}

static int
parse_line(struct request *r, struct span line)
{
	struct span method = cut(&line, ' ');
	struct span target = cut(&line, ' ');

	if (method.len == 0)
		return refuse(r, 400, "no method");
	for (size_t i = 0; i < method.len; i++)
		if (!is_token_byte((unsigned char)method.at[i]))
			return refuse(r, 400, "a method that is no word");
	r->method = METHOD_OTHER;
	if (span_is(method, "GET"))
		r->method = METHOD_GET;
	else if (span_is(method, "HEAD"))
		r->method = METHOD_HEAD;
	else if (span_is(method, "POST"))
		r->method = METHOD_POST;
	else if (span_is(method, "OPTIONS"))
		r->method = METHOD_OPTIONS;
	if (line.len != strlen("HTTP/1.1") || !span_starts(line, SPAN("HTTP/")))
		return refuse(r, 400, "no version");
	if (!span_is(line, "HTTP/1.1") && !span_is(line, "HTTP/1.0"))
		return refuse(r, 505, "another version than HTTP/1");
	r->closes = span_is(line, "HTTP/1.0");
	return parse_target(r, target);
}

static bool
once(struct span *to, bool *seen, struct span value)
{
	if (*seen)
		return false;
	*to = value;
	return *seen = true;
}

static bool
list_has(struct span list, const char *word)
{
	while (list.len > 0)
		if (request_word_is(request_item(&list), word))
			return true;
	return false;
}

static int
parse_field(struct request *r, struct fields *f, struct span line)
{
	const struct {
		const char *name;
		struct span *to;
		bool *seen;
	} single[] = {
		{ "host", &r->host, &f->has_host },
		{ "origin", &r->origin, &r->has_origin },
		{ "authorization", &r->authorization, &r->has_authorization },
		{ "x-api-key", &r->api_key, &r->has_api_key },
		{ "content-length", &f->length, &f->has_length },
		{ "content-type", &r->content_type, &f->has_type },
		{ "transfer-encoding", &f->coding, &f->has_coding },
		{ "expect", &f->expect, &f->has_expect },
		{ "upgrade", &f->upgrade, &f->has_upgrade },
		{ "x-request-id", &r->request_id, &f->has_request_id },
		{ "traceparent", &r->traceparent, &f->has_trace },
		{ "idempotency-key", &r->idempotency_key, &f->has_idem },
		{ "sec-fetch-site", &f->site, &f->has_site },
		{ "access-control-request-method", &f->asked, &r->asks_method },
		{ "range", &r->range, &r->has_range },
		{ "sec-websocket-key", &r->ws_key, &f->has_key },
		{ "sec-websocket-version", &r->ws_version, &f->has_version },
		{ "sec-websocket-protocol", &r->ws_protocol, &f->has_protocol },
	};
	enum { N = sizeof(single) / sizeof(*single) };
	struct span name = cut(&line, ':');
	struct span value = trim(line);
	bool fresh = true;

	if (name.len == 0 || name.at + name.len == line.at)
		return refuse(r, 400, "a field without a name or a colon");
	for (size_t i = 0; i < name.len; i++)
		if (!is_token_byte((unsigned char)name.at[i]))
			return refuse(r, 400, "a field name that is no word");
	for (size_t i = 0; i < N; i++)
		if (request_word_is(name, single[i].name))
			fresh = once(single[i].to, single[i].seen, value);
	if (request_word_is(name, "connection") && list_has(value, "upgrade"))
		f->connection_upgrade = true;
	if (request_word_is(name, "connection") && list_has(value, "close"))
		r->closes = true;
	return fresh ? 0 : refuse(r, 400, "a field that came twice");
}

/* Digits only; what is more than can be counted is more than any limit. */
static bool
read_length(struct span text, uint64_t *length)
{
	*length = 0;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned char)text.at[i] - (unsigned)'0';

		if (digit > 9)
			return false;
		*length = *length > UINT64_MAX / 10 - 1 ? UINT64_MAX / 10
							: *length * 10 + digit;
	}
	return text.len > 0;
}

static int
judge_body(struct request *r, const struct fields *f)
{
	if (f->has_length && f->has_coding)
		return refuse(r, 400, "two ways to tell the length");
	if (f->has_coding)
		return refuse(r, 501, "a transfer coding");
	if (f->has_length && !read_length(f->length, &r->length))
		return refuse(r, 400, "a length that is no number");
	if (r->method != METHOD_POST && r->length > 0)
		return refuse(r, 413, "a body, which such a request has not");
	if (f->has_expect && !request_word_is(f->expect, "100-continue"))
		return refuse(r, 417, "an expectation");
	r->has_length = f->has_length;
	r->expects = f->has_expect;
	return 0;
}

int
request_parse(struct request *r, struct span head)
{
	struct fields f = { 0 };
	struct span line;
	size_t fields = 0;
	int status;

	memset(r, 0, sizeof(*r));
	if (head.len > REQUEST_MAX)
		return refuse(r, 431, "a head of more than 8192 bytes");
	if ((status = request_doubt(
		 (struct span){ head.at, head.len - 4 }, &r->why)) != 0)
		return status;
	line = cut(&head, '\r');
	if ((status = parse_line(r, line)) != 0)
		return status;
	for (;;) {
		head = span_skip(head, 1); /* the \n */
		line = cut(&head, '\r');
		if (line.len == 0)
			break;
		if (++fields > REQUEST_FIELDS)
			return refuse(r, 431, "more than 64 fields");
		if ((status = parse_field(r, &f, line)) != 0)
			return status;
	}
	if (!f.has_host)
		return refuse(r, 400, "no Host");
	r->foreign = f.has_site && !request_word_is(f.site, "same-origin") &&
	    !request_word_is(f.site, "none");
	r->wants_ws =
	    f.connection_upgrade && request_word_is(f.upgrade, "websocket");
	return judge_body(r, &f);
}
