/*
 * archive -- append batches of whole lines to a file that several share.
 *
 * Shape   archive_append() is one write(2) under an exclusive flock(2), then
 *         fdatasync(2).  When it fails the file is as it was: what was written
 *         of the batch is cut off again before the lock is given back.
 * Rotation  The file is the one path names at the time of the write; when that
 *         is another than the one that is open, or archive_reopen() asked for
 *         it, it is opened anew, and made with mode 0600 if absent.
 * Torn    Under each lock the last byte is looked at.  Bytes behind the last
 *         newline were left by a writer that died: what begins like a record
 *         and is none is cut off, all else gets its newline.  torn counts
 *         them, cut the bytes that went.
 * Errors  -1 with errno; at says at what.  broken: the disk failed in a way
 *         after which nobody knows what the file holds, so do not go on.
 * Source  POSIX.1-2017 write(2), O_APPEND; flock(2).
 */
#ifndef RX_SHIP_ARCHIVE_H
#define RX_SHIP_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/span.h"

struct archive {
	const char *path;
	const char *at; /* "open", "write" … after an error */
	bool broken;
	uintmax_t torn, cut;
	/* private */
	int fd;
	bool reopen;
};

void archive_init(struct archive *, const char *path);
void archive_release(struct archive *);
void archive_reopen(struct archive *);
int archive_append(struct archive *, struct span lines);

#endif
