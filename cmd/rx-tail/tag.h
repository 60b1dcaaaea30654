/* SPDX-License-Identifier: MIT */
/*
 * tag -- the program that a line of syslog names.
 *
 * Shape   RFC 3164 and what rsyslog writes:   TIME HOST TAG[pid]: or TAG:
 *         RFC 5424:                    <PRI>1 TIME HOST APP-NAME PROCID MSGID
 *         The time must be the one that was found, in a form syslog has.
 * Limits  A tag is at most 48 bytes of letters, digits and ._/-() ; a host
 *         that is the name of a level ("ERROR main: …") is no host.
 * Memo    A host that is the same as in the line before is known to be one, so a
 *         struct tag belongs to one log.
 */
#ifndef RX_TAIL_TAG_H
#define RX_TAIL_TAG_H

#include <stdbool.h>

#include "lib/rtime.h"
#include "lib/span.h"

#define TAG_MAX 48
#define TAG_HOST 64 /* what is longer is not remembered */

struct tag {
	/* private */
	char host[TAG_HOST];
	size_t host_len;
};

/* The tag, as a loan of the line; its length is 0 when it names none. */
struct span tag_scan(
    struct tag *, struct span line, const struct rtime_found *);

#endif
