/* SPDX-License-Identifier: MIT */
/*
 * loop -- who gets a turn, when a mark is due, when to wait.
 *
 * Wait    With everything read: a mark covers it, the output is flushed, and
 *         only then we wait: for an event, for the next tick, for a signal.
 *         The first event after a pause is taken at once, further ones at
 *         most every LOOP_REST_MS.
 * Tick    What no event tells is looked at every LOOP_NET_MS; files that were
 *         just renamed, and what no event ever tells of (no inotify, a network
 *         file system), every LOOP_TICK_MS, for new files every LOOP_WALK_MS.
 *         With very many files looks are farther apart: what they cost is kept
 *         to a share of the time, as long as they are not too far apart.
 */
#ifndef RX_TAIL_LOOP_H
#define RX_TAIL_LOOP_H

#include "cmd/rx-tail/tail.h"

#define LOOP_REST_MS 10
#define LOOP_TICK_MS 250
#define LOOP_POLL_SHARE 100 /* a hundredth */
#define LOOP_POLL_MAX 2000
#define LOOP_WALK_MS 1000
#define LOOP_NET_MS 5000
#define LOOP_NET_SHARE 30000
#define LOOP_NET_MAX 30000

void loop_follow(struct tail *); /* until a signal */
void loop_once(struct tail *); /* to the end of every file */

#endif
