/*
 * listing -- the names in a directory, kept for as long as nobody says that it
 *            may have changed.
 *
 * Why     Many logs live in one directory, and each asks for the names that
 *         begin like its own: one read of the directory answers all.
 * Owner   The names are loans until the next listing_of() or listing_forget().
 */
#ifndef RX_TAIL_LISTING_H
#define RX_TAIL_LISTING_H

#include <stddef.h>
#include <stdint.h>

struct listed {
	uint64_t inode;
	char *name;
};

struct listing {
	char *dir;
	struct listed *names; /* sorted */
	size_t n, size;
	uint64_t sum; /* differs when names or inodes do */
};

/* -1 with errno when the directory cannot be read. */
int listing_of(struct listing *, const char *dir);
void listing_forget(struct listing *);

/* The index of the first name that is not smaller than prefix. */
size_t listing_from(const struct listing *, const char *prefix);

#endif
