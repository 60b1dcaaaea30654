/* SPDX-License-Identifier: MIT */
/*
 * source -- one life of one file: who it is, where we are in it, its
 *           descriptor.
 *
 * Owner   source_new() to source_free(), which takes it out of everything.
 *         One that a mark must still tell of is freed behind that mark: end
 *         it by source_drop(), not source_free().
 * Known   source_find() finds every source by the file it is read from, those
 *         that are finished too: what is known is not new.
 * Back    One that was dropped leaves its entry behind (past.h); the file that
 *         comes back gets its name, and its place, from there.
 * Opening A descriptor is a cache.  At most tail.max_open are kept, the least
 *         lately used is given back, and source_open() gets it again:
 *         from the path that led to it, checked by ident.
 * Errors  -1 with errno; ENOENT also when the path leads elsewhere now.
 */
#ifndef RX_TAIL_SOURCE_H
#define RX_TAIL_SOURCE_H

#include "cmd/rx-tail/tail.h"

struct source *source_new(struct tail *, struct log *, const char *where,
    const struct ident *, enum source_state);
struct source *source_find(struct tail *, const struct ident *);
void source_drop(struct tail *, struct source *);
void source_free(struct tail *, struct source *);

int source_open(struct tail *, struct source *);
void source_take(struct tail *, struct source *, int *fd); /* then -1 */
/* ident_open(), with the descriptor of an idle source if there is no other. */
int source_open_path(struct tail *, const char *path, struct look *);
void source_close(struct tail *, struct source *);
void source_moved_to(struct source *, const char *where);

/* Read another file from here on: an adopted copy. */
void source_adopt(
    struct tail *, struct source *, const struct ident *, const char *where);

/* Head and src: 1 named now or before, 0 not complete yet, -1 error. */
int source_name(struct tail *, struct source *, bool final);

/* What a mark tells of it. */
void source_entry(const struct source *, struct entry *);

/* What followed its position is lost: told and counted. */
void source_gap(struct tail *, const struct source *, enum gap);

/* Be where an entry says. */
int source_resume(struct tail *, struct source *, const struct entry *);

/* Be at offset, which is the start of a line; -1 when it cannot be read. */
int source_seek(struct source *, uint64_t offset);

/* Learn how its bytes are to be read, if that is not known. */
void source_learn(struct source *, bool final);

/* Remember where it is, now and then: see past in tail.h. */
void source_remember(struct source *, int64_t now_ms);

#endif
