/* SPDX-License-Identifier: MIT */
/*
 * newfile -- replace a file so that a reader, or a crash, finds the old bytes
 *            or the new ones, never a mixture.
 *
 * Shape   Writes a temporary file in the same directory (mkostemp), fsyncs it,
 *         renames it over path, fsyncs the directory.
 * Modes   The new file has exactly mode, whatever the umask; a symlink at path
 *         is replaced, not followed.
 * Limits  What is neither a file nor a link to one is not replaced, with EINVAL:
 *         as root a rename over /dev/stdout would take it from the whole host.
 * Errors  -1 with errno; path is then untouched and the temporary file gone,
 *         except when the last step fails, the fsync of the directory: path
 *         then has the new bytes, which a power failure may still take back.
 * Source  rename(2), fsync(2) NOTES on directories.
 */
#ifndef RX_NEWFILE_H
#define RX_NEWFILE_H

#include <sys/types.h>

#include "lib/buf.h"
#include "lib/span.h"

int newfile_replace(const char *path, struct span bytes, mode_t mode);

/* The same for what is written again soon, as counters are: no fsync.  A reader
 * finds old or new; after a power failure it may find neither. */
int newfile_swap(const char *path, struct span bytes, mode_t mode);

/* The check of Limits alone, for who wants to know before there is something to
 * write: -1 with EINVAL. */
int newfile_check(const char *path);

/* fsync the directory that path is in. */
int newfile_sync_dir(const char *path);

/* Read a whole regular file of at most max bytes; EFBIG when it is longer. */
int newfile_read(const char *path, size_t max, struct buf *);

/* mkdir -p with mode for what it makes.  -1 with errno. */
int newfile_mkdirs(const char *path, mode_t mode);

#endif
