/*
 * tag -- the program that a line of syslog names.
 *
 * Shape   RFC 3164 and what rsyslog writes:   TIME HOST TAG[pid]: or TAG:
 *         RFC 5424:                    <PRI>1 TIME HOST APP-NAME PROCID MSGID
 *         The time must be the one that was found, in a form syslog has.
 * Limits  A tag is at most 48 bytes of letters, digits and ._/-() ; a host
 *         that is the name of a level ("ERROR main: …") is no host.
 */
#ifndef RX_TAIL_TAG_H
#define RX_TAIL_TAG_H

#include <stdbool.h>

#include "lib/rtime.h"
#include "lib/span.h"

bool tag_scan(struct span line, const struct rtime_found *, struct span *tag);

#endif
