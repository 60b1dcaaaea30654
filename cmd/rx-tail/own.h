/* SPDX-License-Identifier: MIT */
/*
 * own -- is this line a message of rx itself?
 *
 * Why     A message about a line that could not be delivered may come back as a
 *         line of a log that is followed, cannot be delivered either, and so on
 *         for ever.  So what rx says is left out, and counted.
 * Shape   By the tag of syslog, or as the tools write to stderr, when that is
 *         sent to a file: "rx-NAME: …", or the object of --log-format json.
 * Limits  Who may write to a log in the name of rx can hide what he writes, and
 *         nothing else.
 */
#ifndef RX_TAIL_OWN_H
#define RX_TAIL_OWN_H

#include <stdbool.h>
#include <string.h>

#include "lib/span.h"

bool own_name(struct span); /* of a tool */
bool own_text(struct span line);

/* Could the tag of a line in there be one?  Told at once, of most text. */
static inline bool
own_may_be(struct span text)
{
	const char *at = text.at, *end = text.at + text.len;

	for (; (at = memchr(at, 'x', (size_t)(end - at))) != NULL; at++)
		if (at > text.at && at[-1] == 'r' && at + 1 < end &&
		    at[1] == '-')
			return true;
	return false;
}

/* The tag is empty where the line has none. */
static inline bool
own_line(struct span line, struct span tag)
{
	if (tag.len > 0)
		return *tag.at == 'r' && own_name(tag);
	return line.len > 0 && (*line.at == 'r' || *line.at == '{') &&
	    own_text(line);
}

#endif
