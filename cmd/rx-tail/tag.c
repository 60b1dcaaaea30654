/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/tag.h"

#include <string.h>
#include <strings.h>

#include "lib/ascii.h"

static bool
is_tag_byte(char c)
{
	static const bool marks[128] = { ['.'] = true,
		['_'] = true,
		['/'] = true,
		['-'] = true,
		['('] = true,
		[')'] = true,
		['%'] = true,
		['@'] = true,
		['+'] = true,
		['#'] = true };

	return is_letter(c) || is_digit(c) || (c > 0 && marks[(int)c]);
}

/* Cut a word off that ends at a blank; empty when there is none. */
static struct span
word(struct span *rest)
{
	struct span w = { rest->at, 0 };

	while (w.len < rest->len && rest->at[w.len] != ' ')
		w.len++;
	*rest = span_skip(*rest, w.len < rest->len ? w.len + 1 : w.len);
	return w;
}

static bool
is_host(struct span s)
{
	static const char *const levels[] = { "emerg", "alert", "crit",
		"critical", "fatal", "panic", "severe", "error", "err", "warn",
		"warning", "notice", "info", "debug", "trace", "verbose" };

	if (s.len == 0 || s.len > 255 || !(is_letter(*s.at) || is_digit(*s.at)))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!is_letter(s.at[i]) && !is_digit(s.at[i]) &&
		    (s.at[i] == '\0' || strchr("._:-%", s.at[i]) == NULL))
			return false;
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		if ((*s.at | 0x20) == *levels[i] &&
		    strncasecmp(s.at, levels[i], s.len) == 0 &&
		    levels[i][s.len] == '\0')
			return false;
	return true;
}

/* "Jan  5 10:00:00" or "2026-01-05T10:00:00": other times are no syslog. */
static bool
is_syslog_time(struct span s)
{
	return s.len >= 15 &&
	    (is_letter(*s.at) ? s.at[3] == ' ' : s.at[10] == 'T');
}

/* "1 " or "<34>1 " in front of the time is the version of RFC 5424. */
static bool
is_rfc5424(struct span before)
{
	return before.len >= 3 && *before.at == '<' &&
	    memcmp(before.at + before.len - 3, ">1 ", 3) == 0;
}

static bool
scan_5424(struct span rest, struct span *tag)
{
	struct span host = word(&rest);

	*tag = word(&rest);
	if (host.len == 0 || tag->len == 0 || tag->len > TAG_MAX ||
	    span_is(*tag, "-"))
		return false;
	for (size_t i = 0; i < tag->len; i++)
		if (tag->at[i] <= ' ' || tag->at[i] > '~')
			return false;
	return true;
}

/* Behind a tag comes ":" or "[pid]:". */
static bool
ends(struct span rest)
{
	if (rest.len > 0 && *rest.at == '[') {
		const char *end = memchr(rest.at, ']', rest.len);

		if (end == NULL)
			return false;
		rest = span_skip(rest, (size_t)(end + 1 - rest.at));
	}
	return rest.len > 0 && *rest.at == ':';
}

/* The host and the blank behind it, cut off. */
static bool
take_host(struct tag *t, struct span *rest)
{
	struct span host;

	if (t->host_len > 0 && rest->len > t->host_len &&
	    memcmp(rest->at, t->host, t->host_len) == 0 &&
	    rest->at[t->host_len] == ' ') {
		*rest = span_skip(*rest, t->host_len + 1);
		return true;
	}
	host = word(rest);
	if (!is_host(host))
		return false;
	if (host.len <= TAG_HOST) {
		memcpy(t->host, host.at, host.len);
		t->host_len = host.len;
	}
	return true;
}

static bool
scan_3164(struct tag *t, struct span rest, struct span *tag)
{
	size_t n = 0;

	if (!take_host(t, &rest))
		return false;
	while (n < rest.len && is_tag_byte(rest.at[n]))
		n++;
	*tag = (struct span){ rest.at, n };
	return n > 0 && n <= TAG_MAX && ends(span_skip(rest, n));
}

struct span
tag_scan(struct tag *t, struct span line, const struct rtime_found *when)
{
	static const struct span none = { NULL, 0 };
	struct span rest = span_skip(line, when->at + when->len), tag;

	if (!is_syslog_time((struct span){ line.at + when->at, when->len }))
		return none;
	if (rest.len > 0 && *rest.at == ':')
		rest = span_skip(rest, 1);
	if (rest.len == 0 || *rest.at != ' ')
		return none;
	rest = span_skip(rest, 1);
	if (is_rfc5424((struct span){ line.at, when->at }))
		return scan_5424(rest, &tag) ? tag : none;
	return scan_3164(t, rest, &tag) ? tag : none;
}
