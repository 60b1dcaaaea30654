/*
 * loop -- who gets a turn, when a mark is due, when to wait.
 *
 * Wait    With everything read: a mark covers it, the output is flushed, and
 *         only then we wait: for an event, for the next tick, for a signal.
 *         The first event after a pause is taken at once, further ones at
 *         most every LOOP_REST_MS.
 * Tick    What no event tells is looked at every LOOP_NET_MS; files that were
 *         just renamed, and everything where there is no inotify, every
 *         LOOP_TICK_MS.
 */
#ifndef RX_TAIL_LOOP_H
#define RX_TAIL_LOOP_H

#include "cmd/rx-tail/tail.h"

#define LOOP_REST_MS 10
#define LOOP_TICK_MS 250
#define LOOP_NET_MS 5000

void loop_follow(struct tail *); /* until a signal */
void loop_once(struct tail *); /* to the end of every file */

#endif
