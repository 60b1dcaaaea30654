/* SPDX-License-Identifier: MIT */
/*
 * container -- what a container runtime wrote around a line, and whose it was.
 *
 * Line    Docker's json-file: {"log":TEXT,"stream":S,"time":T}, TEXT with its
 *         newline unless the line goes on in the next piece; stream and time
 *         are both there or both not.  CRI: T S F|P TEXT, P when the line goes
 *         on.  T is RFC 3339, S is stdout or stderr.  container_decode() says
 *         false for anything else.
 * Whose   Docker: config.v2.json beside the log.  CRI: the names in the path,
 *         NAMESPACE_POD_UID/CONTAINER/N.log or POD_NAMESPACE_CONTAINER-ID.log.
 *         What cannot be read is left out.
 * Cache   config.v2.json is looked at when a record is due and META_LOOK_NS
 *         went by, read again when it changed, and every META_TTL_NS anyway.
 *         It goes with its log.
 * Owner   container_new() to container_free(); text of a decoded line is a loan
 *         until the next.
 * Source  moby daemon/logger/jsonfilelog; kubernetes CRI logging format.
 */
#ifndef RX_TAIL_CONTAINER_H
#define RX_TAIL_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/rtime.h"
#include "lib/span.h"

#define META_LOOK_NS (INT64_C(1000000000))
#define META_TTL_NS (300 * META_LOOK_NS)

enum format { FORMAT_PLAIN, FORMAT_DOCKER, FORMAT_CRI };

enum stream { STREAM_NONE, STREAM_STDOUT, STREAM_STDERR, STREAMS };

struct decoded {
	struct span text;
	enum stream stream;
	bool partial; /* the line goes on */
	bool timed;
	struct rtime_found when;
};

struct container;
struct log;
struct tail;

struct container *container_new(enum format, const char *path);
void container_free(struct container *);

bool container_decode(struct container *, struct span line, struct decoded *);

/* Look again whose it is; true: the name may be another, the old is gone. */
bool container_refresh(struct container *, int64_t now_ns);

const char *container_name(const struct container *); /* NULL: not known */

/* ,"stream":… and who wrote it, as JSON members to put behind others. */
struct span container_members(const struct container *, enum stream);

#endif
