/*
 * chain_files -- the files beside a log that a rotation may have made of it.
 *
 * Shape   Every regular file in the log's directory whose name looks like a
 *         rotation of the log's (log.h), or whose inode is among those wanted;
 *         not what the path itself leads to.  Oldest first: by birth time, where
 *         the file system has none by the last change, then by name.
 *         A known source that moved learns its new path here.
 * Owner   chain_files() to chain_files_release().
 */
#ifndef RX_TAIL_CHAIN_FILES_H
#define RX_TAIL_CHAIN_FILES_H

#include <stddef.h>

#include "cmd/rx-tail/tail.h"

struct beside {
	char *path;
	struct look look;
	struct source *known;
};

struct beside_list {
	struct beside *at;
	size_t n, size;
};

void chain_files(struct tail *, struct log *, const uint64_t *inodes,
    size_t n_inodes, struct beside_list *);
void chain_files_release(struct beside_list *);

#endif
