/* SPDX-License-Identifier: MIT */
/*
 * known -- what the claims know of a log, held against the files there are.
 *
 * Shape   A log has a list of known entries, start.c a list of places: the
 *         files of its chain, open.  known_match() finds for each file the
 *         entry it goes on with; what it finds is told in both.
 *
 *         the same inode and birth time   the file itself; of several lives
 *                                         the latest
 *         head and anchor alone           an adopted copy, if the file itself
 *                                         is gone or rewritten
 *         the head, of an unread entry    a copy that is read as new
 */
#ifndef RX_TAIL_KNOWN_H
#define RX_TAIL_KNOWN_H

#include "cmd/rx-tail/ident.h"
#include "cmd/rx-tail/tail.h"

/* An entry of the claims, and whether a file was found for it. */
struct known {
	struct known *next; /* of the same log */
	const struct entry *entry;
	bool found;
	bool rewritten; /* its file is there, and is another */
	bool hidden; /* its file may be there: it cannot be looked at now */
	bool moved; /* unread; its bytes are in a file that is read as new */
};

/* A file of a log's chain. */
struct place {
	const char *path;
	struct look look;
	int fd; /* held: names may be shifted while we look */
	struct known *known; /* what it matched */
	bool live;
	bool wanted; /* holds what an entry had not read yet */
};

struct ident known_file(const struct entry *);
bool known_born_as(const struct place *, const struct entry *);

/* places: oldest first. */
void known_match(struct log *, struct place *, size_t n);

/* How many lives this file had before. */
uint64_t known_lives(const struct log *, const struct place *);

/*
 * Its end is not what was read of it, a power failure took it: the newest
 * position before, behind which to read on as another life.  0: there is none.
 * fd is its file; the place may have handed it on.
 */
uint64_t known_before(const struct log *, const struct place *, int fd);

/* Nobody goes on with it, nobody knows better: it is over. */
void known_lost(struct tail *, const struct known *);

#endif
