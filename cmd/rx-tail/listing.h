/* SPDX-License-Identifier: MIT */
/*
 * listing -- the names in a directory at one moment, kept for as long as nobody
 *            says that they may have changed.
 *
 * Why     Many logs live in one directory, and each asks for the names that
 *         begin like its own: one read of the directory answers all.
 * Moment  The kernel keeps a directory as it is during one getdents64(2).  While
 *         names are shifted two calls may tell a file twice, or never: so all
 *         names are asked for in one, with as much room as that needs.  It is
 *         asked again when a signal cut it short, LISTING_TRIES times; what
 *         then still comes in pieces is a file system of another kind (FUSE,
 *         NFS), whose pieces are taken.
 * Owner   The names are loans until the next listing_of() or listing_forget().
 */
#ifndef RX_TAIL_LISTING_H
#define RX_TAIL_LISTING_H

#include <stddef.h>
#include <stdint.h>

#define LISTING_TRIES 3

struct listed {
	uint64_t inode;
	const char *name;
	unsigned char type; /* DT_… of readdir(3) */
};

struct listing {
	char *dir;
	struct listed *names; /* sorted as by strcmp(3) */
	size_t n;
	uint64_t sum; /* differs when names or inodes do */
	int pending; /* watch_pending() before it was read: for its user */
	/* private */
	char *bytes; /* as the kernel told them */
	size_t room; /* that they needed */
};

/* -1 with errno when the directory cannot be read. */
int listing_of(struct listing *, const char *dir);
void listing_forget(struct listing *);

/* The index of the first name that is not smaller than prefix. */
size_t listing_from(const struct listing *, const char *prefix);

#endif
