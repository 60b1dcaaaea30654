/* SPDX-License-Identifier: MIT */
/*
 * crash -- die by SIGKILL at a named point, in test builds only.
 *
 * Shape   RX_CRASH=point[:n] in the environment kills the process at the n-th
 *         pass of CRASH("point"), n from 1.  Points: PROTOCOL.md 12.
 *         CRASH_SIZE(name, bytes) is the number in the variable name if there
 *         is one, else bytes: what is done after so many can be had often.
 * Cost    Nothing: without -DRX_CRASH_POINTS the macro is empty.
 */
#ifndef RX_CRASH_H
#define RX_CRASH_H

#ifdef RX_CRASH_POINTS
#include <stdint.h>

void crash_pass(const char *point);
uint64_t crash_size(const char *name, uint64_t bytes);
#define CRASH(point) crash_pass(point)
#define CRASH_SIZE(name, bytes) crash_size(name, bytes)
#else
#define CRASH(point) ((void)0)
#define CRASH_SIZE(name, bytes) (bytes)
#endif

#endif
