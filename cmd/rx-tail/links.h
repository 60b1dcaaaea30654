/* SPDX-License-Identifier: MIT */
/*
 * links -- which symbolic links are followed (SEC-30).
 *
 * Shape   links_open() is open(2) for a path that may have been found, not
 *         named: behind what the operator wrote, links_given() of it, a link
 *         is followed only where nobody but root and this user can write the
 *         directory that it is in, or to what is its owner's.  Else a user
 *         who may write there would choose which of the host's files is read.
 * Races   A path without any link is opened in one call that follows none;
 *         any other one component at a time, each looked at as it is held.
 * Errors  -1 with errno; ELOOP: a link that is not followed.
 * Source  openat2(2), RESOLVE_NO_SYMLINKS; FAULTS.md SEC-30.
 */
#ifndef RX_TAIL_LINKS_H
#define RX_TAIL_LINKS_H

#include <stddef.h>

/* Until it is called all links are followed. */
void links_begin(
    size_t (*given)(const void *, const char *path), const void *arg);

int links_open(const char *path, int flags);

#endif
