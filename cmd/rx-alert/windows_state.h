/* SPDX-License-Identifier: MIT */
/*
 * windows_state -- the windows of all keys in a file.
 *
 * Shape   The bytes of this machine, written as a whole (lib/newfile):
 *           "rx-alert windows 1\n", then as 64-bit words: 1, the two seeds of
 *           the keys, the time of the stream and its newest, the number of
 *           rules; of each rule the length of its name and the name; the bytes
 *           of anomalies not handed on yet, and those; the number of keys; each
 *           key (struct entry in the .c) with its times; a hash of all before.
 *         A window whose rule is gone is left out when it is read, and times
 *         that no window can hold any more when it is written.
 * Size    64 bytes a key and 8 a time; while it is written, as much memory.
 * Errors  windows_save: -1 with errno.  windows_load: -1 and a sentence in why
 *         when there is a file and it cannot be used; no file is no error.  There
 *         are then no windows.
 */
#ifndef RX_ALERT_WINDOWS_STATE_H
#define RX_ALERT_WINDOWS_STATE_H

#include "cmd/rx-alert/state.h"
#include "cmd/rx-alert/windows.h"

int windows_save(struct windows *, const char *path, struct span untold);
int windows_load(struct windows *, const char *path, struct buf *untold,
    char why[STATE_WHY]);

#endif
