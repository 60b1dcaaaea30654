/* SPDX-License-Identifier: MIT */
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
 * Masks   secret_hide() writes * over each place of text that holds the secret;
 *         one or two bytes are in every text and give nothing away.
 * Errors  -1 and *why; errno is set when the system said no, else 0.
 */
#ifndef RX_SECRET_H
#define RX_SECRET_H

#include "lib/buf.h"

#define SECRET_MAX (64 * 1024)
#define SECRET_LEAST 3 /* bytes that are worth hiding */

int secret_read(const char *path, struct buf *dst, const char **why);
int secret_read_all(const char *path, struct buf *dst, const char **why);
void secret_release(struct buf *);
void secret_hide(char *text, size_t len, struct span secret);

#endif
