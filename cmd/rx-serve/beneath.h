/* SPDX-License-Identifier: MIT */
/*
 * beneath -- regular files and directories below a few roots, and nothing else.
 *
 * Shape   A path is absolute and begins with that of a root; the rest is
 *         opened from the root by openat2(2), so that neither "..", nor a link
 *         that leads out or is absolute, nor one of /proc gets anywhere else.
 *         A link that stays below is followed.
 * Limits  BENEATH_ROOTS roots, each opened once: what is put in its place
 *         later is not seen.
 * Errors  -1 with errno: ENOENT also for what no root holds, EXDEV when it led
 *         out, EINVAL when it is of another kind (device, pipe, socket).
 * Source  openat2(2), RESOLVE_BENEATH; FAULTS.md SEC-30, SEC-52.
 */
#ifndef RX_SERVE_BENEATH_H
#define RX_SERVE_BENEATH_H

#include <stddef.h>
#include <sys/stat.h>

#define BENEATH_ROOTS 16

/* Before privileges go; dies with EX_CONFIG or EX_USAGE. */
void beneath_add(const char *option, const char *root);
int beneath_allow(void); /* confine_allow() of each */
const char *beneath_root(size_t i); /* NULL: no more */

int beneath_file(const char *path, struct stat *);
int beneath_directory(const char *path);
int beneath_stat(const char *path, struct stat *); /* of any kind, 0 */

#endif
