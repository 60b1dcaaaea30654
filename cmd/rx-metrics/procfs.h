/* SPDX-License-Identifier: MIT */
/*
 * procfs -- text files under /proc and /sys, read again and again.
 *
 * Shape   A struct kept is one file by its name under the root.  On a real
 *         procfs or sysfs its descriptor is opened once and read with pread(2)
 *         from offset 0; anywhere else (a tree made for a test) it is opened
 *         anew each time, so that the tree may be replaced by rename.
 * None    procfs_none() is a tree in which there is nothing.
 * Owner   The text is a loan of the struct procfs; the next read ends it.
 * Limits  PROCFS_MAX bytes; what is longer is cut there.
 * Errors  procfs_read: -1 with errno.  The file is tried again next time.
 * Source  proc(5).
 */
#ifndef RX_METRICS_PROCFS_H
#define RX_METRICS_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/span.h"

#define PROCFS_MAX (4 * 1024 * 1024)

struct procfs {
	int root; /* descriptor of the directory, -1: there is none */
	bool real;
	const char *path;
	/* private */
	struct buf text;
};

struct kept {
	const char *name;
	/* private */
	int fd;
};
#define KEPT(name) ((struct kept){ (name), -1 })

int procfs_open(struct procfs *, const char *root);
void procfs_none(struct procfs *);
int procfs_read(struct procfs *, struct kept *, struct span *);
void procfs_forget(struct kept *); /* closes what is kept of it */
void procfs_close(struct procfs *);

/* The next line without its newline; false when none is left. */
bool text_line(struct span *rest, struct span *line);

/* The next word, blanks skipped; false at the end. */
bool text_word(struct span *rest, struct span *word);

/* The next word as a number of digits alone; false when it is not. */
bool text_u64(struct span *rest, uint64_t *);

/* Digits with an optional fraction, as in /proc/loadavg. */
bool text_decimal(struct span *rest, double *);

#endif
