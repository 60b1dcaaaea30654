/* SPDX-License-Identifier: MIT */
#include "cmd/rx-tail/own.h"

#include <string.h>

#define PREFIX "rx-"
#define TIME "2026-01-05T10:00:00Z" /* its length */
#define BEFORE_TIME "{\"timestamp\":\""
#define BEFORE_NAME "\",\"tool\":\""

static bool
begins(struct span s, const char *text, size_t n)
{
	return s.len >= n && memcmp(s.at, text, n) == 0;
}

bool
own_name(struct span name)
{
	static const char *const tools[] = { "tail", "match", "spool", "ship",
		"metrics", "alert", "serve", "agent" };

	if (!begins(name, PREFIX, sizeof(PREFIX) - 1))
		return false;
	name = span_skip(name, sizeof(PREFIX) - 1);
	for (size_t i = 0; i < sizeof(tools) / sizeof(*tools); i++)
		if (span_is(name, tools[i]))
			return true;
	return false;
}

/* Up to a byte, which must be there. */
static struct span
until(struct span s, char end)
{
	const char *at = s.len == 0 ? NULL : memchr(s.at, end, s.len);

	s.len = at == NULL ? 0 : (size_t)(at - s.at);
	return s;
}

bool
own_text(struct span line)
{
	size_t time = sizeof(BEFORE_TIME) - 1 + sizeof(TIME) - 1;

	if (*line.at == 'r')
		return begins(line, PREFIX, sizeof(PREFIX) - 1) &&
		    own_name(until(line, ':'));
	if (line.len <= time ||
	    !begins(line, BEFORE_TIME, sizeof(BEFORE_TIME) - 1))
		return false;
	line = span_skip(line, time);
	return begins(line, BEFORE_NAME, sizeof(BEFORE_NAME) - 1) &&
	    own_name(until(span_skip(line, sizeof(BEFORE_NAME) - 1), '"'));
}
