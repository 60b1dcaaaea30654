/* SPDX-License-Identifier: MIT */
/*
 * container_format -- what is different between the runtimes; for container.c.
 *
 *   docker_line.c   docker_decode     docker_owner.c  docker_owner
 *   cri_line.c      cri_decode        cri_owner.c     cri_owner
 */
#ifndef RX_TAIL_CONTAINER_FORMAT_H
#define RX_TAIL_CONTAINER_FORMAT_H

#include "cmd/rx-tail/container.h"
#include "cmd/rx-tail/ident.h"
#include "lib/buf.h"
#include "lib/record.h"

/* Who writes a log.  name holds a NUL behind its length, or nothing. */
struct owner {
	struct buf name;
	struct buf members; /* rendered */
	bool known;
	struct look file; /* config.v2.json when it was read */
	int64_t looked_ns;
};

struct container {
	enum format format;
	const char *path; /* of the log, a loan */
	struct owner owner;
	int64_t read_ns;
	struct buf members[STREAMS];
	struct record rec; /* of docker_decode() */
	struct buf text;
};

bool stream_of(struct span name, enum stream *);

/* ,"name":"value", or nothing for an empty value. */
void owner_text(struct buf *, const char *name, struct span value);

bool docker_decode(struct container *, struct span line, struct decoded *);
void docker_owner(const char *path, struct owner *);
bool docker_owner_changed(const char *path, const struct owner *);

bool cri_decode(struct span line, struct decoded *);
void cri_owner(const char *path, struct owner *);

#endif
