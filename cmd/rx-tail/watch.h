/* SPDX-License-Identifier: MIT */
/*
 * watch -- learn from inotify(7) that something may have changed.
 *
 * Shape   Directories are watched, not files: one watch sees all names in it
 *         come, go, grow and change hands.  watch_name() says which log a name
 *         belongs to; an event for it makes that log due.  A name nobody knows
 *         but a pattern asks for sets tail.walk.
 * Doubt   Events are hints.  A lost one (queue overflow, a directory that was
 *         replaced) makes everything due; a slow look at everything (loop.c)
 *         finds what no event told.
 * Remote  What other hosts do to a network file system no event tells: logs
 *         on one are marked, and looked at often.
 * Limits  When the kernel refuses another watch, or inotify itself, polling
 *         becomes true, with one warning, and the loop looks at everything
 *         often.
 */
#ifndef RX_TAIL_WATCH_H
#define RX_TAIL_WATCH_H

#include <stdbool.h>

struct log;
struct tail;

struct watch {
	int fd; /* -1: none */
	bool polling;
	bool remote; /* some directory is on a network file system */
	bool drained; /* the last read left no event behind */
	void *dirs, *names; /* of tree.h */
	struct log *left; /* whose path the last event took a file from */
	unsigned cookie; /* of that event */
};

struct watched {
	struct watched *next; /* of its log */
	struct log *log;
	int wd;
	char *name;
	bool own; /* that of its path, no link's target, no rotation */
};

void watch_init(struct watch *);
void watch_poll(struct watch *); /* or without events, for --poll */
void watch_dir(struct watch *, const char *dir);

/* The name in dir is a file of log's. */
void watch_name(
    struct watch *, struct log *, const char *dir, const char *name);

/* Its path, and where that leads when it is a symbolic link. */
void watch_log(struct watch *, struct log *);
void watch_forget(struct watch *, struct log *);

/*
 * How many bytes of events wait to be read, or -1 when that tells nothing about
 * the names beside the log.  As long as it stays what it was, and no event was
 * read, none of them was made, moved or deleted.
 */
int watch_pending(const struct watch *, const struct log *);

/* Take the events there are.  Never waits. */
void watch_read(struct tail *);

#endif
