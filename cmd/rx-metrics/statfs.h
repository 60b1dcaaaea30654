/* SPDX-License-Identifier: MIT */
/*
 * statfs -- ask file systems how full they are, and survive one that hangs.
 *
 * Shape   A child process calls statvfs(3) on each path in turn and leaves the
 *         answers in shared memory.  When one takes longer than STATFS_WAIT_MS
 *         the child is killed and given up, with the path it hangs in, and
 *         the next round starts another: what hangs is never this process.
 * Owner   A child holds nothing of ours but one socket, and ends when the other
 *         side closes; a reader of our output sees its end although a child hangs.
 * Round   All answers together take STATFS_ROUND_MS at most.  Paths whose turn
 *         did not come stay STATFS_UNASKED; as those that hang are left alone
 *         after, they have their turn in a later round.
 * Limits  STATFS_MAX paths a round, STATFS_TEXT bytes of names.  A caller asks
 *         a path that hung again only once statfs_gone() said its child is
 *         gone: so there is at most one hanging child for each path.
 * Errors  statfs_new: NULL.  statfs_ask: -1 when no child could be started.
 */
#ifndef RX_METRICS_STATFS_H
#define RX_METRICS_STATFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define STATFS_MAX 256
#define STATFS_TEXT (64 * 1024)
#define STATFS_WAIT_MS 500
#define STATFS_ROUND_MS 1000

enum statfs_state { STATFS_UNASKED, STATFS_OK, STATFS_FAILED, STATFS_HUNG };

struct statfs_answer {
	enum statfs_state state;
	pid_t child; /* hung: who still waits for it */
	uint64_t total, free, avail; /* bytes */
	uint64_t files, files_free; /* 0 where inodes are made as needed */
	bool read_only;
};

struct statfs_pool;

struct statfs_pool *statfs_new(void);
int statfs_ask(struct statfs_pool *, const char *const paths[], size_t n,
    struct statfs_answer *);
bool statfs_gone(pid_t child);
void statfs_free(struct statfs_pool *);

#endif
