/* SPDX-License-Identifier: MIT */
/* dead -- what the files of the verb share. */
#ifndef RX_DEAD_H
#define RX_DEAD_H

#include "cmd/rx-spool/spool.h"

/* restore.c: lines of standard input put back; the exit status. */
int dead_restore(struct store *, const char *lane, int stop_fd);

#endif
