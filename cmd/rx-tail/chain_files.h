/* SPDX-License-Identifier: MIT */
/*
 * chain_files -- the files beside a log that a rotation may have made of it.
 *
 * Shape   Every regular file in the log's directory whose name looks like a
 *         rotation of the log's (log.h), or whose inode is among those wanted,
 *         oldest first: by the number behind the last dot, else by birth time,
 *         where the file system has none by the last change, then by name.
 *         Beside them what the path itself leads to, or why to nothing.
 * At once While names are being shifted, a look at one after the other can see
 *         a file twice or not at all.  So all is looked at again until names
 *         and files agree, CHAIN_TRIES times at most.
 * Open    What nobody knows yet, at the start everything, is opened with that look: until it is read its
 *         name may mean another file, and a file that is found again later is
 *         read behind those that followed it.  A known source that is wanted
 *         learns its new path here, and is opened for the same reason.
 * Owner   chain_files() to chain_files_release(); who takes a descriptor
 *         leaves -1.
 */
#ifndef RX_TAIL_CHAIN_FILES_H
#define RX_TAIL_CHAIN_FILES_H

#include <stddef.h>

#include "cmd/rx-tail/tail.h"

#define CHAIN_TRIES 50

struct beside {
	char *path; /* NULL: that of the log */
	struct look look;
	struct source *known;
	int fd; /* -1: known, or not to be opened: error, if not 0 */
	int error;
};

struct beside_list {
	struct beside *at;
	size_t n, size;
	struct beside live; /* when live_error is 0 */
	int live_error;
};

/* What made the caller ask may be younger than the listing: forget that, unless
 * the watch would have told. */
void chain_files_anew(struct tail *, const struct log *);

void chain_files(struct tail *, struct log *, const uint64_t *inodes,
    size_t n_inodes, struct beside_list *);
void chain_files_release(struct beside_list *);

/* Which of two rotations of one log is older, by their names alone: numbers
 * grow with age, dates do not (app.log.2, app.log-20260105). */
int chain_by_name(const char *, const char *);

#endif
