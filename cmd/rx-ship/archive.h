/* SPDX-License-Identifier: MIT */
/*
 * archive -- append batches of whole lines to a file that several share.
 *
 * Shape   archive_append() is one write(2) under an exclusive flock(2), and
 *         then fdatasync(2) unless that is left to archive_sync().  When it
 *         fails the file is as it was: what was written of the batch is cut
 *         off again before the lock is given back.
 * Path    The file is the one path names at the time of the write; when that
 *         is another than the one that is open, or archive_reopen() asked for
 *         it, it is opened anew, and made with mode 0600 if absent.
 * Rotation  A file that would grow past max_bytes, or was written last in
 *         another period of period_ns (counted from 1970), is closed before
 *         the write: renamed, under its lock, to path.20261122T154512.123456789Z,
 *         the time in UTC.  Who shares it then finds that path names another.
 *         A link is not rotated: it would be the link that moves.
 * Torn    Under each lock the last byte is looked at.  Bytes behind the last
 *         newline were left by a writer that died: what begins like a record
 *         and is none is cut off, all else gets its newline.  torn counts
 *         them, cut the bytes that went.
 * Errors  -1 with errno; at says at what.  When the disk failed at a sync,
 *         in_doubt: what waited for it may be stored or not, and the kernel
 *         tells it once only, so that a later sync means nothing: append it
 *         again.  An append that rotates or reopens syncs too.
 * Source  POSIX.1-2017 write(2), O_APPEND; flock(2); rename(2).
 */
#ifndef RX_SHIP_ARCHIVE_H
#define RX_SHIP_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/span.h"

struct archive {
	const char *path;
	uint64_t max_bytes; /* 0: no limit */
	int64_t period_ns; /* 0: none */
	const char *at; /* "open", "write" … after an error */
	bool in_doubt; /* after the last append or sync */
	uintmax_t torn, cut;
	uintmax_t closed; /* segments, by us */
	/* private */
	int fd;
	bool reopen;
	bool dirty; /* something waits for archive_sync() */
};

void archive_init(struct archive *, const char *path);
void archive_release(struct archive *);
void archive_reopen(struct archive *);
int archive_append(struct archive *, struct span lines, bool sync);
int archive_sync(struct archive *);

/* Whether it could be written: nothing is made.  -1 with errno. */
int archive_check(struct archive *);

/* Whether name is that of a closed segment of an archive called base. */
bool archive_is_segment(const char *name, const char *base);

#endif
