/*
 * crash -- die by SIGKILL at a named point, in test builds only.
 *
 * Shape   RX_CRASH=point[:n] in the environment kills the process at the n-th
 *         pass of CRASH("point"), n from 1.  Points: PROTOCOL.md 12.
 * Cost    Nothing: without -DRX_CRASH_POINTS the macro is empty.
 */
#ifndef RX_CRASH_H
#define RX_CRASH_H

#ifdef RX_CRASH_POINTS
void crash_pass(const char *point);
#define CRASH(point) crash_pass(point)
#else
#define CRASH(point) ((void)0)
#endif

#endif
