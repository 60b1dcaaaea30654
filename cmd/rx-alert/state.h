/* SPDX-License-Identifier: MIT */
/*
 * state -- the engine's timers, cooldowns and baselines in a file.
 *
 * Shape   One JSON object, written as a whole (lib/newfile): a crash leaves
 *         the state before or after.  What is as at the start is left out.
 * Errors  state_save: -1 with errno.  state_load: -1 and a sentence in why
 *         when there is a file and it cannot be used; no file is no error.
 */
#ifndef RX_ALERT_STATE_H
#define RX_ALERT_STATE_H

#include "cmd/rx-alert/engine.h"

#define STATE_WHY 600

int state_save(struct engine *, const char *path);
int state_load(struct engine *, const char *path, char why[STATE_WHY]);

#endif
