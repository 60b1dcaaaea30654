/* SPDX-License-Identifier: MIT */
/*
 * glob -- which files a pattern names, and which directories to watch for more.
 *
 * Shape   The wildcards of fnmatch(3), one path component at a time; a
 *         component "**" stands for any number of directories, none of them a
 *         symbolic link (a link may lead back up).  Names that begin with a
 *         dot match only a dot.  What exists under the very name of the
 *         pattern is that file, wildcards or not.
 * Walk    glob_walk() tells every path that exists now, in sorted order, and
 *         every directory whose change could add one: for a path whose
 *         directories do not exist yet, the nearest that does.
 * Limits  GLOB_DEPTH directories below "**"; what cannot be opened is passed
 *         over.
 */
#ifndef RX_TAIL_GLOB_H
#define RX_TAIL_GLOB_H

#include <stdbool.h>

#define GLOB_DEPTH 64

struct glob_walk {
	void (*path)(void *, const char *);
	void (*dir)(void *, const char *);
	void *arg;
};

void glob_walk(const char *pattern, const struct glob_walk *);

/* The pattern that stands for this very name; to be freed, NULL: ENOMEM. */
char *glob_quote(const char *name);

/* Would the walk tell this path, if it existed? */
bool glob_match(const char *pattern, const char *path);

#endif
