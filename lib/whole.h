/* SPDX-License-Identifier: MIT */
/*
 * whole -- read and write all that is meant, whatever a call does of it.
 *
 * Shape   read(2) and write(2) may do a part, and be interrupted; these go on
 *         until nothing is left, the file ends, or there is an error.
 * Errors  -1 with errno: that of the call that failed, not of the one before it
 *         that did a part.  What was written until then stays written.
 * Source  read(2), write(2), signal(7).
 */
#ifndef RX_WHOLE_H
#define RX_WHOLE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/span.h"

/* How many bytes came: fewer than n only at the end of the file. */
ssize_t read_at(int fd, void *dst, size_t n, uint64_t offset);

/* 0, or -1. */
int write_at(int fd, const void *bytes, size_t n, uint64_t offset);
int write_all(int fd, struct span bytes);

#endif
