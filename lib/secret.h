/*
 * secret -- read a file that holds a secret, if only its owner can.
 *
 * Shape   The first line of the file, without its newline, replaces dst.
 *         secret_read_all() takes the whole file.
 * Rules   A regular file and no symlink, owned by root or the user of the
 *         process, no access for others; for the group only reading, and only
 *         when it is the group of the process, or root's own.  Opened once,
 *         checked on the open descriptor.
 * Limits  SECRET_MAX bytes; empty is an error.
 * Owner   The caller wipes dst: secret_release().
 * Errors  -1 and *why; errno is set when the system said no, else 0.
 */
#ifndef RX_SECRET_H
#define RX_SECRET_H

#include "lib/buf.h"

#define SECRET_MAX (64 * 1024)

int secret_read(const char *path, struct buf *dst, const char **why);
int secret_read_all(const char *path, struct buf *dst, const char **why);
void secret_release(struct buf *);

#endif
